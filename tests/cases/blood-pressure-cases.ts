// Worked cases of blood pressure: sessions, grades, control by age, lines, variability.
import { ageYears } from '../../domain/age.ts';
import { controlTarget, isControlled } from '../../domain/blood-pressure/control.ts';
import { meanArterialPressureMmHg, pulsePressureMmHg } from '../../domain/blood-pressure/derived-pressure.ts';
import { isEmergencyPressure, isLowPressure, isSeverePressure } from '../../domain/blood-pressure/emergency-line.ts';
import { isElevatedAtHome } from '../../domain/blood-pressure/home.ts';
import type { Pressure } from '../../domain/blood-pressure/mean-pressure.ts';
import { isolatedHypertension, officeGrade } from '../../domain/blood-pressure/office-grade.ts';
import { bloodPressureSessions, differ } from '../../domain/blood-pressure/session.ts';
import { pressureVariability } from '../../domain/blood-pressure/variability.ts';
import { localDayOf } from '../../domain/local-day.ts';
import type { BloodPressureReading } from '../../domain/reading.ts';

type Pair = [number, number];
interface Items {
  items: Pair[];
}

const pressure = ([systolicMmHg, diastolicMmHg]: Pair): Pressure => ({ systolicMmHg, diastolicMmHg });
const pair = ({ systolicMmHg, diastolicMmHg }: Pressure): Pair => [systolicMmHg, diastolicMmHg];
const GRADE_NAMES = {
  normal: 'normal',
  highNormal: 'high_normal',
  grade1: 'grade1',
  grade2: 'grade2',
  grade3: 'grade3',
};

/** Readings of one monitor, a minute apart. */
function sitting(pairs: readonly Pair[]): BloodPressureReading[] {
  return pairs.map(([systolic, diastolic], index) => ({
    kind: 'bp',
    deviceKey: 1,
    at: index * 60_000,
    measuredAt: index * 60_000,
    receivedAt: index * 60_000,
    flags: [],
    unit: 'mmHg',
    systolicMmHg: systolic,
    diastolicMmHg: diastolic,
    receivedSystolic: systolic,
    receivedDiastolic: diastolic,
  }));
}

function session({ readings, ages = [] }: { readings: Pair[]; ages?: number[] }) {
  const [one] = bloodPressureSessions(sitting(readings));
  return {
    mean_unrounded: pair(one!.exactMean),
    mean: pair(one!.mean),
    n: one!.readings.length,
    third_needed: readings.length >= 2 && differ(pressure(readings[0]!), pressure(readings[1]!)),
    unstable: one!.unstable,
    single: one!.single,
    office_phs_controlled: ages.map((age) => isControlled(one!.mean, age)),
  };
}

function classify({ items }: Items) {
  return {
    grades: items.map((item) => GRADE_NAMES[officeGrade(pressure(item))]),
    isolated: items.map((item) => isolatedHypertension(pressure(item)) ?? null),
  };
}

function targetByAge(input: { birth_date: string; tz: string; measured: string[]; bp: Pair }) {
  const ages = input.measured.map((at) => ageYears(input.birth_date, localDayOf(Date.parse(at), input.tz)));
  return {
    ages,
    targets: ages.map((age) => pair(controlTarget(age)).join('/')),
    controlled: ages.map((age) => isControlled(pressure(input.bp), age)),
  };
}

function emergency({ items }: Items) {
  return {
    phs_emergency: items.map((item) => isEmergencyPressure(pressure(item))),
    aha_severe_gt_180_120: items.map((item) => isSeverePressure(pressure(item))),
    low: items.map((item) => isLowPressure(pressure(item))),
  };
}

function variability({ sbp }: { sbp: number[] }) {
  const { mean, sd, cvPercent, arv } = pressureVariability(sbp) ?? {};
  return { mean, sd, cv: cvPercent, arv };
}

function derived({ sbp, dbp }: { sbp: number; dbp: number }) {
  return {
    pulse_pressure: pulsePressureMmHg(pressure([sbp, dbp])),
    map: meanArterialPressureMmHg(pressure([sbp, dbp])),
  };
}

export const bloodPressureCases = {
  'bp.session': session,
  'bp.classify': classify,
  'bp.target_by_age': targetByAge,
  'bp.control': ({ age, items }: Items & { age: number }) => ({
    controlled: items.map((item) => isControlled(pressure(item), age)),
  }),
  'bp.emergency': emergency,
  'bp.variability': variability,
  'bp.derived': derived,
  'bp.home_threshold': ({ items }: Items) => ({ elevated: items.map((item) => isElevatedAtHome(pressure(item))) }),
};
