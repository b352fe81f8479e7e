// Worked cases of fingersticks: which rule one value sets off by itself, targets, accuracy, agreement with a CGM.
import { GLUCOSE_DANGER_SYMPTOMS } from '../../domain/care/symptom.ts';
import { glucoseBand } from '../../domain/glucose-class.ts';
import { checkGlucose } from '../../domain/plausibility.ts';
import type { GlucoseContext, GlucoseUnit } from '../../domain/reading.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';
import { createRuleSet } from '../../domain/rules/rule-set.ts';
import { cgmSmbgPairs, isDiscordant } from '../../domain/smbg/cgm-smbg-pair.ts';
import { fingerstickSummary } from '../../domain/smbg/fingerstick-summary.ts';
import { isFastingSatisfactory, meetsFingerstickTarget } from '../../domain/smbg/fingerstick-target.ts';
import { mardPercent } from '../../domain/smbg/mard.ts';
import { isWithinIso15197, meterAccuracy } from '../../domain/smbg/meter-accuracy.ts';
import { ownFastingLine } from '../../domain/smbg/own-fasting-line.ts';
import { toMgPerDl } from '../../domain/units.ts';
import { evaluateAt, START_AT, seriesFrom, windowWith } from '../readings/patient-windows.ts';
import { type CaseReadings, glucoseOf, zoneOf } from './case-input.ts';
import { type CasePatient, patientOf } from './case-patient.ts';
import { takeRows, wholeDaysOf } from './case-series.ts';
import { snake, statusOf } from './unit-cases.ts';

/** Those that one value by itself can set off. */
const FINGERSTICK_RULES = RULE_CATALOGUE.filter(({ id, kinds }) => id.startsWith('SMBG') && kinds.includes('smbg'));

interface ClassifyInput extends CasePatient {
  unit?: GlucoseUnit;
  values: unknown[];
  context?: GlucoseContext | null;
  contexts?: (GlucoseContext | null)[];
  /** The patient's own fasting line, in `unit`. */
  own_target?: number;
  fasting_target?: number;
}

function classify(input: ClassifyInput) {
  const { unit = 'mmol/L', values, context, contexts } = input;
  const patient = patientOf(input, START_AT);
  const own = ownLineOf(input, unit);
  const inDanger = patient.symptoms.some(({ code }) => GLUCOSE_DANGER_SYMPTOMS.some((danger) => danger === code));
  const given = values.map((value, index) => {
    const { value: read } = glucoseOf({ at: 0, value });
    const code = typeof read === 'string' ? read : undefined;
    const stick = {
      value: typeof read === 'string' ? 0 : read,
      unit,
      code,
      context: contexts?.[index] ?? context ?? undefined,
    };
    const window = windowWith({ smbg: [seriesFrom([{ min: 0, value: read }], { unit })] });
    const checked = checkGlucose({ kind: 'smbg', value: read, unit });
    const firing = FINGERSTICK_RULES.flatMap((rule) => {
      const { verdict, severity } = evaluateAt(rule, window, 0, patient);
      return verdict === 'firing' && checked.accepted ? [{ id: rule.id, severity }] : [];
    });
    return { stick, firing, band: snake(glucoseBand(stick.value, unit, code)), checked };
  });
  return {
    alerts: given.map(({ firing }) => firing.map(({ id }) => id).join(' + ') || null),
    severities: given.map(({ firing }) => firing[0]?.severity ?? null),
    emergency: given.map(({ firing }) => firing.length > 0 || inDanger),
    below_range: given.map(({ band }) => band === 'very_low' || band === 'low'),
    above_range: given.map(({ band }) => band === 'very_high' || band === 'high'),
    in_range: given.map(({ band }) => band === 'in_range'),
    classes: given.map(({ band }) => band),
    accepted: given.map(({ checked }) => checked.accepted !== undefined),
    status: given.map(({ checked }) => statusOf(checked)),
    rejected: given.map(({ checked }) => statusOf(checked) === 'rejected'),
    quarantined: given.map(({ checked }) => statusOf(checked) === 'quarantined'),
    fasting_satisfactory: given.map(({ stick }) => isFastingSatisfactory(stick, own) ?? null),
    satisfactory: given.map(({ stick }) => isFastingSatisfactory(stick, own) ?? null),
    on_target: given.map(({ stick }) => meetsFingerstickTarget(stick, own) ?? null),
    target_met: given.map(({ stick }) => meetsFingerstickTarget(stick, own) ?? null),
  };
}

function ownLineOf({ own_target, fasting_target }: ClassifyInput, unit: GlucoseUnit) {
  const value = own_target ?? fasting_target;
  return value === undefined
    ? undefined
    : ownFastingLine(createRuleSet({}, { 'SMBG-04': { fastingFrom: { value, unit } } }));
}

interface PairInput {
  unit?: GlucoseUnit;
  /** [reference, CGM]. */
  pairs?: [number, number][];
  cgm?: CaseReadings;
  smbg?: CaseReadings;
}

function pair({ unit = 'mg/dL', pairs, cgm, smbg }: PairInput) {
  if (pairs === undefined && cgm !== undefined && smbg !== undefined) {
    const found = cgmSmbgPairs(takeRows({ unit, ...cgm }).series, takeRows({ unit, ...smbg }, { kind: 'smbg' }).series);
    const discordant = found.map((one) => one.discordant);
    return { pairs: found.length, paired: found.length > 0, n: found.length, discordant, mard: mardPercent(found) };
  }
  const inMgPerDl = (pairs ?? []).map(([reference, sensor]) => ({
    smbgMgPerDl: toMgPerDl(reference, unit),
    cgmMgPerDl: toMgPerDl(sensor, unit),
  }));
  const discordant = inMgPerDl.map(({ cgmMgPerDl, smbgMgPerDl }) => isDiscordant(cgmMgPerDl, smbgMgPerDl));
  return {
    discordant,
    concordant: discordant.map((one) => !one),
    discordant_count: discordant.filter(Boolean).length,
    n: inMgPerDl.length,
    mard: mardPercent(inMgPerDl),
  };
}

function accuracy({ unit = 'mg/dL', pairs }: { unit?: GlucoseUnit; pairs: [reference: number, meter: number][] }) {
  const found = meterAccuracy(
    pairs.map(([reference, meter]) => [meter, reference]),
    unit,
  );
  return {
    within: pairs.map(([reference, meter]) => isWithinIso15197(meter, reference, unit)),
    within_percent: found?.withinPercent,
    met: found?.met,
    n: pairs.length,
  };
}

function summary(input: CaseReadings) {
  const { series } = takeRows({ unit: 'mmol/L', ...input }, { kind: 'smbg' });
  const found = fingerstickSummary(series, wholeDaysOf(input, series), zoneOf(input));
  return {
    n: found.count,
    days_with_data: found.daysWithData,
    full_days: found.fullDays,
    sufficient: found.sufficient,
    mean_mgdl: found.meanMgPerDl,
    mean_mmol: found.meanMmolPerL,
    ea1c: found.eA1cPercent,
    in_range_70_180: undefined,
  };
}

export const fingerstickCases = {
  'smbg.classify': classify,
  'smbg.fasting': (input: ClassifyInput) => classify({ context: 'fasting', ...input }),
  'smbg.accuracy': accuracy,
  'smbg.summary': summary,
  'cgm_smbg.pair': pair,
};
