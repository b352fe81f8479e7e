// Verdicts and episodes of one patient, from memory: each pending rule against what is persisted of it.
// Promise: a rule that throws keeps neither the patient's other rules nor other patients from being evaluated.
import { v7 as uuidv7 } from 'uuid';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { applyDifference, type PersistedSignal, type SignalDifference } from '../../domain/rules/reconcile-signals.ts';
import type { Evaluation, MeasurementRequest, Rule } from '../../domain/rules/rule.ts';
import type { SignalChange } from '../../storage/signals/write-signals.ts';
import type { PatientProjection } from '../project/patient-projection.ts';
import { NUMBERED_RULES } from './rules-of-kind.ts';

export interface Evaluated {
  readonly changes: SignalChange[];
  readonly requests: MeasurementRequest[];
  /** Readings that have been judged by it. */
  readings: number;
}

export type OnRuleBug = (rule: Rule, error: unknown) => void;

export const nothingEvaluated = (): Evaluated => ({ changes: [], requests: [], readings: 0 });

/** Changes the projection: to be forgotten if what it answers is not committed. */
export function evaluateProjection(
  projection: PatientProjection,
  now: number,
  into: Evaluated,
  onBug: OnRuleBug,
): void {
  const { profile, rules } = projection.entry;
  for (const { index, bit } of NUMBERED_RULES) {
    if ((projection.pendingRules & bit) === 0) continue;
    const rule = rules.window[index]!;
    const persisted = projection.signals[index]!;
    try {
      const judgedUntil = projection.judgedUntil[index];
      const { evaluation, difference } = deriveSignal({
        rule,
        window: projection,
        profile,
        now,
        persisted,
        judgedUntil,
        newId: uuidv7,
      });
      projection.judgedUntil[index] = newestOf(rule, projection);
      note(projection, rule, persisted, evaluation, difference, into);
      if (hasChanges(difference)) projection.signals[index] = applyDifference(persisted, difference);
      projection.deadlines[index] = evaluation.nextDeadlineAt ?? Number.POSITIVE_INFINITY;
      if (isQuiet(rule, evaluation, projection.signals[index]!)) projection.quietRules |= bit;
      else projection.quietRules &= ~bit;
    } catch (error) {
      projection.quietRules &= ~bit;
      onBug(rule, error);
    }
  }
  projection.pendingRules = 0;
  into.readings += projection.pendingReadings;
  projection.pendingReadings = 0;
  // Thresholds that hold for a while only change without a word, too.
  const nextDeadlineAt = Math.min(projection.entry.rulesUntil ?? Number.POSITIVE_INFINITY, ...projection.deadlines);
  projection.state.setDeadline(nextDeadlineAt === Number.POSITIVE_INFINITY ? undefined : nextDeadlineAt);
}

function newestOf({ kinds }: Rule, { state }: PatientProjection): number | undefined {
  const newest = Math.max(...kinds.map((kind) => state.lastAt(kind) ?? Number.NEGATIVE_INFINITY));
  return newest === Number.NEGATIVE_INFINITY ? undefined : newest;
}

function note(
  { patientKey }: PatientProjection,
  rule: Rule,
  persisted: PersistedSignal,
  { request }: Evaluation,
  difference: SignalDifference,
  { changes, requests }: Evaluated,
): void {
  if (!hasChanges(difference)) return;
  const isNews = difference.version > persisted.version;
  changes.push({ patientKey, rule, difference, isNews });
  if (isNews && request !== undefined && difference.verdict !== 'clear') requests.push(request);
}

export function hasChanges({ isChanged, insert, update, withdraw }: SignalDifference): boolean {
  return isChanged || insert.length > 0 || update.length > 0 || withdraw.length > 0;
}

/** What `mayStart` speaks of: clear, and no episode open. */
function isQuiet({ restsUnknown }: Rule, { verdict }: Evaluation, { episodes }: PersistedSignal): boolean {
  const rests = verdict === 'clear' || (verdict === 'unknown' && restsUnknown === true);
  return rests && episodes.every(({ endAt }) => endAt !== undefined);
}
