// Why a rule fired, in a sentence with its lines; what is not known here is told by its code.
import { displayGlucose } from '../../domain/units.ts';
import { followUpText } from './follow-up-text.ts';
import { RULE_NAMES } from './rule-names.ts';
import { language, t, words } from './texts.ts';
import type { Alert, Threshold } from './wire.ts';

type Reason = Alert['reasons'][number];
type Lines = Readonly<Record<string, Threshold>>;

const SENTENCES: Readonly<Record<string, (lines: Lines, stage: number) => string>> = {
  'CGM-01': ({ below, readings }) => t.cgmBelowTimes(glucose(below), number(readings)),
  'CGM-02': ({ below, minutes }) => t.cgmBelowFor(glucose(below), number(minutes)),
  'CGM-05': ({ above, minutes, ofMinutes }) => t.cgmAboveFor(glucose(above), number(minutes), number(ofMinutes)),
  'SMBG-01': ({ below }) => t.fingerstickBelow(glucose(below)),
  'SMBG-03': ({ atOrAbove }) => t.fingerstickFrom(glucose(atOrAbove)),
  'BP-01': ({ systolic, diastolic }) => t.pressureFrom(`${number(systolic)}/${number(diastolic)} mmHg`),
  'DATA-01': ({ patientInfoAfter, warningAfter, teamWarningAfter }, stage) =>
    t.noCgmFor(span([patientInfoAfter, warningAfter, teamWarningAfter][stage - 1] ?? patientInfoAfter)),
};
/** Reasons that say more than the rule's own sentence. */
const WORTH_SAYING = [
  'late_low',
  'late_high',
  'over_before_known',
  'too_old',
  'unconfirmed',
  'no_repeat',
  'sensor_ended',
];

export function reasonText({ ruleId, explanation }: Pick<Reason, 'ruleId' | 'explanation'>): string {
  const { reason, stage = 0, thresholds = {}, followUp } = explanation ?? {};
  const sentence = SENTENCES[ruleId]?.(thresholds, stage) ?? ruleName(ruleId);
  if (followUp !== undefined) return `${sentence} · ${followUpText(followUp, language)}`;
  return reason !== undefined && WORTH_SAYING.includes(reason) ? `${sentence} · ${words(reason)}` : sentence;
}

export const ruleName = (ruleId: string): string => RULE_NAMES[ruleId]?.[language] ?? ruleId;

/** What fires now; where nothing does any more, what did. Each sentence once. */
export function reasonsText(reasons: readonly Reason[]): readonly string[] {
  const firing = reasons.filter((each) => each.firing);
  return [...new Set((firing.length > 0 ? firing : reasons).map(reasonText))];
}

const number = (line: Threshold | undefined): string => (line === undefined ? '?' : String(line.value));

export const lineText = (line: Threshold): string =>
  line.mmolPerL === undefined ? `${line.value} ${words(line.unit)}` : glucose(line);

function glucose(line: Threshold | undefined): string {
  if (line === undefined) return '?';
  return line.mmolPerL === undefined
    ? `${line.value} ${line.unit}`
    : `${displayGlucose(line.mmolPerL, 'mmol/L')} mmol/L`;
}

const span = (line: Threshold | undefined): string => (line === undefined ? '?' : `${line.value} ${line.unit}`);
