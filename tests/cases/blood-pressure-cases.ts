// Worked cases of blood pressure: sessions, home protocol, grades, control by age, lines, variability.
import { ageYears } from '../../domain/age.ts';
import { ambulatoryElevated } from '../../domain/blood-pressure/ambulatory-line.ts';
import { controlTarget, isControlled } from '../../domain/blood-pressure/control.ts';
import {
  isWidePulsePressure,
  meanArterialPressureMmHg,
  pulsePressureMmHg,
} from '../../domain/blood-pressure/derived-pressure.ts';
import { isEmergencyPressure, isLowPressure, isSeverePressure } from '../../domain/blood-pressure/emergency-line.ts';
import { guidelineTargets, meetsTarget } from '../../domain/blood-pressure/guideline-target.ts';
import { isElevatedAtHome } from '../../domain/blood-pressure/home.ts';
import type { Pressure } from '../../domain/blood-pressure/mean-pressure.ts';
import { isolatedHypertension, officeGrade } from '../../domain/blood-pressure/office-grade.ts';
import { bloodPressureSessions, differ } from '../../domain/blood-pressure/session.ts';
import { pressureVariability } from '../../domain/blood-pressure/variability.ts';
import { trueTimeOf } from '../../domain/clock-offset.ts';
import { localDayOf } from '../../domain/local-day.ts';
import { checkPressure, timeRejection } from '../../domain/plausibility.ts';
import type { BloodPressureReading, PressureUnit } from '../../domain/reading.ts';
import { DANGER_SYMPTOMS } from '../../domain/rules/reported-symptom.ts';
import {
  CaseError,
  type CaseReadings,
  type CaseRow,
  pressureOf,
  rowsOf,
  startOf,
  tellsTime,
  zoneOf,
} from './case-input.ts';
import { symptomOf } from './case-patient.ts';
import { statusOf } from './unit-cases.ts';

export type Pair = [number, number];
interface Items {
  items: Pair[];
  unit?: PressureUnit;
}

const MINUTE_MS = 60_000;
const pressure = ([systolicMmHg, diastolicMmHg]: Pair): Pressure => ({ systolicMmHg, diastolicMmHg });
export const pair = ({ systolicMmHg, diastolicMmHg }: Pressure): Pair => [systolicMmHg, diastolicMmHg];
const GRADE_NAMES = {
  normal: 'normal',
  highNormal: 'high_normal',
  grade1: 'grade1',
  grade2: 'grade2',
  grade3: 'grade3',
};

/** As it is judged: kPa in whole mmHg. */
function judged([systolic, diastolic]: Pair, unit: PressureUnit = 'mmHg'): Pair {
  const { accepted } = checkPressure({ systolic, diastolic, unit }, { waived: true });
  if (accepted === undefined) throw new CaseError(`${systolic}/${diastolic} ${unit} is no blood pressure`);
  return [accepted.systolicMmHg, accepted.diastolicMmHg];
}

/** What became of a list of pressures: as for glucose, what is put by for review counts nowhere. */
export interface AcceptedPressures {
  readonly readings: BloodPressureReading[];
  readonly rejected: number;
  readonly quarantined: number;
}

/** As ingest would take them, ascending. */
export function acceptedPressures(rows: readonly CaseRow[], unitOfAll?: PressureUnit): AcceptedPressures {
  const monitors: (string | undefined)[] = [...new Set(rows.map(({ device }) => device))];
  const readings: BloodPressureReading[] = [];
  let [rejected, quarantined] = [0, 0];
  for (const row of rows) {
    const [systolic, diastolic] = pressureOf(row);
    const unit = (row.unit as PressureUnit | undefined) ?? unitOfAll ?? 'mmHg';
    const receivedAt = row.receivedAt ?? row.at;
    const checked = checkPressure({ systolic, diastolic, pulse: row.pulse, unit });
    const rejection = timeRejection(row.at, receivedAt) ?? checked.rejection;
    const accepted = rejection === undefined ? checked.accepted : undefined;
    if (rejection?.waivable) quarantined += 1;
    else if (rejection) rejected += 1;
    if (accepted === undefined) continue;
    const { systolicMmHg, diastolicMmHg } = accepted;
    readings.push({
      kind: 'bp',
      deviceKey: monitors.indexOf(row.device) + 1,
      at: row.at,
      measuredAt: trueTimeOf(row.at, receivedAt, undefined).measuredAt,
      receivedAt,
      flags: [],
      unit,
      systolicMmHg,
      diastolicMmHg,
      receivedSystolic: systolic,
      receivedDiastolic: diastolic,
    });
  }
  return { readings: readings.sort((a, b) => a.measuredAt - b.measuredAt), rejected, quarantined };
}

/** `[systolic, diastolic, pulse]` a minute apart, or `[time, systolic, diastolic, pulse]`: no systolic is below its diastolic. */
function timedRows({ readings, start }: SittingsInput): CaseRow[] {
  if (!Array.isArray(readings)) throw new CaseError('readings: neither a list of them nor of readings_min');
  const startAt = startOf({ start, readings });
  const rowAt = (row: unknown) => rowsOf({ start: new Date(startAt).toISOString(), readings: [row] }, 1)[0]!;
  const isTimedRow = (row: unknown) =>
    Array.isArray(row) && (typeof row[0] === 'string' || (row.length > 2 && row[0] < row[1] && row[1] > row[2]));
  // The first of them is at 0 min; later ones may be further off than any pressure is high.
  const areTimed = readings.some(isTimedRow);
  return readings.map((row, index): CaseRow => {
    const isUntimed = row !== null && typeof row === 'object' && !Array.isArray(row) && !tellsTime(row);
    if (isUntimed) return rowAt({ ...row, at: startAt + index * MINUTE_MS });
    if (!Array.isArray(row)) return rowAt(row);
    if (row.length < 2) throw new CaseError(`readings: ${JSON.stringify(row)} is no blood pressure`);
    return rowAt(areTimed ? row : [startAt + index * MINUTE_MS, ...row]);
  });
}

/** Readings by minutes after the start, or else as `timedRows` has them. */
export function sittings(input: SittingsInput): AcceptedPressures {
  const { readings_min, start, unit } = input;
  const rows =
    readings_min === undefined ? timedRows(input) : rowsOf({ ...(start && { start }), readings_min }, 1, 'input');
  return acceptedPressures(rows, unit);
}

export interface SittingsInput extends Pick<CaseReadings, 'start' | 'tz' | 'readings' | 'readings_min'> {
  unit?: PressureUnit;
  context?: 'home' | 'office';
}

interface SessionInput extends SittingsInput {
  ages?: number[];
  age?: number;
}

function session(input: SessionInput) {
  const ages = input.ages ?? (input.age === undefined ? [] : [input.age]);
  const { readings: taken, rejected, quarantined } = sittings(input);
  const sessions = bloodPressureSessions(taken);
  const [one] = sessions;
  if (one === undefined) throw new CaseError('readings: none');
  const [first, second] = one.readings;
  const flag = one.single ? 'single' : one.unstable ? 'unstable' : null;
  return {
    mean_unrounded: pair(one.exactMean),
    mean: pair(one.mean),
    n: one.readings.length,
    sessions: sessions.length,
    session_count: sessions.length,
    means: sessions.map(({ mean }) => pair(mean)),
    ns: sessions.map(({ readings }) => readings.length),
    rejected,
    quarantined,
    third_needed: second !== undefined && differ(first!, second),
    unstable: one.unstable,
    single: one.single,
    flagged: flag !== null,
    flag,
    flags: flag === null ? [] : [flag],
    readings_mmhg: taken.map((reading) => pair(reading)),
    grade: GRADE_NAMES[officeGrade(one.mean)],
    emergency: isEmergencyPressure(one.mean),
    low: isLowPressure(one.mean),
    home_elevated: isElevatedAtHome(one.mean),
    elevated: input.context === 'office' ? officeGrade(one.mean).startsWith('grade') : isElevatedAtHome(one.mean),
    isolated: isolatedHypertension(one.mean) ?? null,
    pulse_pressure: pulsePressureMmHg(one.mean),
    map: meanArterialPressureMmHg(one.mean),
    office_phs_controlled: ages.map((age) => isControlled(one.mean, age)),
  };
}

function classify({ items, unit }: Items) {
  const pressures = items.map((item) => pressure(judged(item, unit)));
  return {
    grades: pressures.map((item) => GRADE_NAMES[officeGrade(item)]),
    isolated: pressures.map((item) => isolatedHypertension(item) ?? null),
    emergency: pressures.map(isEmergencyPressure),
    low: pressures.map((item) => isLowPressure(item)),
  };
}

interface AgeInput {
  birth_date: string;
  tz?: string;
  measured: string[];
  bp?: Pair;
  diabetes?: boolean;
}

function targetByAge(input: AgeInput) {
  const { bp = [0, 0] } = input;
  const ages = input.measured.map((at) => ageYears(input.birth_date, localDayOf(Date.parse(at), zoneOf(input))));
  return { ages, targets: ages.map(targetName), controlled: ages.map((age) => isControlled(pressure(bp), age)) };
}

const targetName = (age: number) => pair(controlTarget(age)).join('/');

function control({ age, items, unit, diabetes = false }: Items & { age: number; diabetes?: boolean }) {
  const pressures = items.map((item) => pressure(judged(item, unit)));
  const guideline = guidelineTargets(age, diabetes);
  const meetsAll = (item: Pressure) => guideline.every((one) => meetsTarget(item, one));
  const controlled = pressures.map((item) => isControlled(item, age));
  return {
    controlled,
    phs_controlled: controlled,
    target: targetName(age),
    guideline_targets: guideline.map(({ below }) => pair(below).join('/')),
    guideline_controlled: pressures.map(meetsAll),
  };
}

/** @param symptoms of all, or of each item its own list */
function emergency({ items, unit, symptoms = [] }: Items & { symptoms?: unknown[] }) {
  const pressures = items.map((item) => pressure(judged(item, unit)));
  const isOfEach = symptoms.some((one) => Array.isArray(one) || one === null);
  if (isOfEach && symptoms.length !== items.length) throw new CaseError('symptoms: not as many lists as items');
  const feltWith = (index: number) => {
    const felt = isOfEach ? (symptoms[index] ?? []) : symptoms;
    return (Array.isArray(felt) ? felt : [felt]).map(symptomOf);
  };
  const inDanger = items.map((_, index) => feltWith(index).some((one) => DANGER_SYMPTOMS.some((code) => code === one)));
  return {
    phs_emergency: pressures.map((item, index) => isEmergencyPressure(item) || inDanger[index]!),
    emergency: pressures.map((item, index) => isEmergencyPressure(item) || inDanger[index]!),
    aha_severe_gt_180_120: pressures.map(isSeverePressure),
    low: pressures.map((item) => isLowPressure(item)),
  };
}

function variability({ sbp, dbp }: { sbp?: number[]; dbp?: number[] }) {
  const values = sbp ?? dbp ?? [];
  const { sd, cvPercent, arv } = pressureVariability(values) ?? {};
  const mean = values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  return { n: values.length, mean, sd, cv: cvPercent, arv };
}

function derived({ sbp, dbp }: { sbp: number; dbp: number }) {
  const given = pressure([sbp, dbp]);
  const { accepted, rejection } = checkPressure({ systolic: sbp, diastolic: dbp, unit: 'mmHg' });
  return {
    pulse_pressure: pulsePressureMmHg(given),
    map: meanArterialPressureMmHg(given),
    wide: isWidePulsePressure(given),
    wide_pulse_pressure: isWidePulsePressure(given),
    ask_repeat: accepted?.askToRepeat === true,
    repeat: accepted?.askToRepeat === true,
    accepted: accepted !== undefined,
    quarantined: rejection?.waivable === true,
  };
}

/** Whether readings are taken at all: rejected, quarantined, asked to be repeated. */
function validity({ items, unit = 'mmHg' }: { items: number[][]; unit?: PressureUnit }) {
  const checked = items.map(([systolic, diastolic, pulse]) =>
    checkPressure({ systolic: systolic!, diastolic: diastolic!, pulse, unit }),
  );
  return {
    accepted: checked.map(({ accepted }) => accepted !== undefined),
    rejected: checked.map(({ rejection }) => rejection !== undefined && rejection.waivable !== true),
    quarantined: checked.map(({ rejection }) => rejection?.waivable === true),
    ask_repeat: checked.map(({ accepted }) => accepted?.askToRepeat === true),
    status: checked.map(statusOf),
    codes: checked.map(({ rejection }) => rejection?.code ?? null),
    mmhg: checked.map(({ accepted }) => accepted && pair(accepted)),
  };
}

function homeThreshold({ items, unit }: Items) {
  const pressures = items.map((item) => pressure(judged(item, unit)));
  return {
    elevated: pressures.map(isElevatedAtHome),
    emergency: pressures.map(isEmergencyPressure),
    abpm_24h: pressures.map((item) => ambulatoryElevated(item, 'day_and_night')),
    abpm_day: pressures.map((item) => ambulatoryElevated(item, 'day')),
    abpm_night: pressures.map((item) => ambulatoryElevated(item, 'night')),
  };
}

export const bloodPressureCases = {
  'bp.session': session,
  'bp.classify': classify,
  'bp.target_by_age': targetByAge,
  'bp.control': control,
  'bp.emergency': emergency,
  'bp.variability': variability,
  'bp.derived': derived,
  'bp.validity': validity,
  'bp.home_threshold': homeThreshold,
};
