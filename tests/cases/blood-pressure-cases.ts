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
import { homeBloodPressure, isElevatedAtHome } from '../../domain/blood-pressure/home.ts';
import type { Pressure } from '../../domain/blood-pressure/mean-pressure.ts';
import { isolatedHypertension, officeGrade } from '../../domain/blood-pressure/office-grade.ts';
import { bloodPressureSessions, differ } from '../../domain/blood-pressure/session.ts';
import { pressureVariability } from '../../domain/blood-pressure/variability.ts';
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { checkPressure } from '../../domain/plausibility.ts';
import type { BloodPressureReading, PressureUnit } from '../../domain/reading.ts';
import { CaseError, type CaseReadings, parseTime, pressureOf, rowsOf, startOf, zoneOf } from './case-input.ts';

type Pair = [number, number];
interface Items {
  items: Pair[];
  unit?: PressureUnit;
}

const MINUTE_MS = 60_000;
const pressure = ([systolicMmHg, diastolicMmHg]: Pair): Pressure => ({ systolicMmHg, diastolicMmHg });
const pair = ({ systolicMmHg, diastolicMmHg }: Pressure): Pair => [systolicMmHg, diastolicMmHg];
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

export function pressureReadingAt(
  at: number,
  given: Pair,
  unit: PressureUnit = 'mmHg',
  receivedAt = at,
): BloodPressureReading {
  const [systolicMmHg, diastolicMmHg] = judged(given, unit);
  return {
    kind: 'bp',
    deviceKey: 1,
    at,
    measuredAt: at,
    receivedAt,
    flags: [],
    unit,
    systolicMmHg,
    diastolicMmHg,
    receivedSystolic: given[0],
    receivedDiastolic: given[1],
  };
}

/** `[systolic, diastolic]` a minute apart, or `[time, systolic, diastolic]`: no systolic is below its diastolic. */
function timedReadings({ readings, unit, start }: SittingsInput): BloodPressureReading[] {
  if (!Array.isArray(readings)) throw new CaseError('readings: neither a list of them nor of readings_min');
  const startAt = startOf({ ...(start && { start }) });
  const rowAt = (row: unknown) => rowsOf({ ...(start && { start }), readings: [row] }, 1)[0]!;
  return readings
    .map((row, index) => {
      if (!Array.isArray(row)) {
        const only = rowAt(row);
        return pressureReadingAt(only.at, pressureOf(only), unit);
      }
      if (row.length < 2) throw new CaseError(`readings: ${JSON.stringify(row)} is no blood pressure`);
      const isTimed = typeof row[0] === 'string' || (row.length > 2 && row[0] < row[1] && row[1] > row[2]);
      if (isTimed) return pressureReadingAt(parseTime(row[0], 'readings', startAt), [row[1], row[2]], unit);
      return pressureReadingAt(startAt + index * MINUTE_MS, [row[0], row[1]], unit);
    })
    .sort((a, b) => a.measuredAt - b.measuredAt);
}

/** Readings by minutes after the start, or else as `timedReadings` has them. */
function sittingsReadings(input: SittingsInput): BloodPressureReading[] {
  const { readings_min, start, unit } = input;
  if (readings_min === undefined) return timedReadings(input);
  return rowsOf({ ...(start && { start }), readings_min }, 1, 'input')
    .map((row) => pressureReadingAt(row.at, pressureOf(row), unit))
    .sort((a, b) => a.measuredAt - b.measuredAt);
}

interface SittingsInput extends Pick<CaseReadings, 'start' | 'tz' | 'readings' | 'readings_min'> {
  unit?: PressureUnit;
}

interface SessionInput extends SittingsInput {
  ages?: number[];
}

function session(input: SessionInput) {
  const { ages = [] } = input;
  const taken = sittingsReadings(input);
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
    office_phs_controlled: ages.map((age) => isControlled(one.mean, age)),
  };
}

interface HomeInput extends SittingsInput, Pick<CaseReadings, 'time_zone' | 'window'> {
  /** Of each day its readings, at 07:00 and 19:00 by turns of two, where no times are given. */
  days?: Pair[][];
}

function home(input: HomeInput) {
  const timeZone = zoneOf(input);
  const startAt = startOf(input);
  const readings =
    input.readings !== undefined || input.readings_min !== undefined
      ? sittingsReadings(input)
      : daysOf(input.days ?? [], input.unit, startAt, timeZone);
  const first = readings[0]?.measuredAt ?? startAt;
  const [from, to] = input.window ?? [];
  const window = {
    from: from === undefined ? localDayBounds(localDayOf(first, timeZone), timeZone).startAt : Date.parse(from),
    to: to === undefined ? (readings.at(-1)?.measuredAt ?? startAt) + 1 : Date.parse(to),
  };
  const found = homeBloodPressure(readings, window, timeZone);
  const { mean, morning, evening, systolicVariability } = found;
  return {
    n: found.readingCount,
    n_used: mean?.readingCount,
    n_after_drop: mean?.readingCount,
    readings_used: mean?.readingCount,
    days: found.daysWithData,
    sessions: found.sessionCount,
    dropped_day: found.droppedDay,
    sufficient: found.sufficient,
    mean: mean && pair(mean),
    elevated: found.elevated,
    morning_mean: morning && pair(morning),
    evening_mean: evening && pair(evening),
    morning: morning && pair(morning),
    evening: evening && pair(evening),
    morning_n: morning?.readingCount,
    evening_n: evening?.readingCount,
    morning_elevated: found.morningElevated,
    morning_hypertension: found.morningElevated,
    morning_evening_difference: found.morningEveningDifferenceMmHg,
    morning_evening_note: found.morningEveningNote,
    sd: systolicVariability?.sd,
    cv: systolicVariability?.cvPercent,
    arv: systolicVariability?.arv,
  };
}

function daysOf(days: Pair[][], unit: PressureUnit | undefined, startAt: number, timeZone: string) {
  const { startAt: midnight } = localDayBounds(localDayOf(startAt, timeZone), timeZone);
  return days.flatMap((pairs, day) =>
    pairs.map((given, index) => {
      const hour = index < pairs.length / 2 ? 7 : 19;
      return pressureReadingAt(midnight + ((day * 24 + hour) * 60 + index) * MINUTE_MS, given, unit);
    }),
  );
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

function emergency({ items, unit }: Items) {
  const pressures = items.map((item) => pressure(judged(item, unit)));
  return {
    phs_emergency: pressures.map(isEmergencyPressure),
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
  'bp.home': home,
  'bp.classify': classify,
  'bp.target_by_age': targetByAge,
  'bp.control': control,
  'bp.emergency': emergency,
  'bp.variability': variability,
  'bp.derived': derived,
  'bp.validity': validity,
  'bp.home_threshold': homeThreshold,
};
