// Home blood pressure as the API answers it: the protocol's means, the sittings they are made of, and the lines that hold for this
// patient. Office lines are told, never applied to what was measured at home (clinical.md §5.4).
import Type from 'typebox';
import { controlTarget } from '../domain/blood-pressure/control.ts';
import { meanArterialPressureMmHg, pulsePressureMmHg } from '../domain/blood-pressure/derived-pressure.ts';
import { guidelineTargets } from '../domain/blood-pressure/guideline-target.ts';
import type { HomeBloodPressure } from '../domain/blood-pressure/home.ts';
import type { BloodPressureSession } from '../domain/blood-pressure/session.ts';
import { ageAt } from '../domain/care/age-at.ts';
import { formatInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;
const MmHg = Type.Integer({ description: 'mmHg' });
const Unrounded = Type.Number({ description: 'mmHg, unrounded' });
const Pressure = Type.Object({ systolicMmHg: MmHg, diastolicMmHg: MmHg });
const Mean = Type.Object({ ...Pressure.properties, readingCount: Type.Integer() });
const Variability = Type.Object({
  mean: Type.Number(),
  sd: Type.Number(),
  cvPercent: Type.Number({ description: 'percent' }),
  arv: Type.Number({ description: 'Average real variability over sessions, mmHg.' }),
});

const SessionWire = Type.Object({
  startAt: InstantOut,
  endAt: InstantOut,
  deviceId: Optional(Uuid),
  ...Mean.properties,
  pulsePressureMmHg: MmHg,
  meanArterialPressureMmHg: Unrounded,
  single: Type.Boolean({ description: 'One reading only.' }),
  unstable: Type.Boolean({ description: 'Two readings 10 mmHg or more apart, and no third.' }),
});

const TargetsWire = Type.Object(
  {
    ageYears: Type.Integer(),
    publicHealth: Pressure,
    guidelines: Type.Array(
      Type.Object({
        guideline: Type.Enum(['older_adults', 'primary_care_2025', 'diabetes', 'unverified']),
        ...Pressure.properties,
      }),
      { description: 'Tightest first.' },
    ),
  },
  { description: 'Of pressure in the office, at this age: both numbers are to lie below. Not for home means.' },
);

export const HomeBloodPressureWire = Type.Object({
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  readingCount: Type.Integer(),
  sessionCount: Type.Integer(),
  daysWithData: Type.Integer(),
  droppedDay: Optional(Type.String({ format: 'date', description: 'Day 1: its readings are in no mean.' })),
  sufficient: Type.Boolean(),
  mean: Optional(Mean),
  pulsePressureMmHg: Optional(MmHg),
  widePulsePressure: Optional(Type.Boolean()),
  meanArterialPressureMmHg: Optional(Unrounded),
  morning: Optional(Mean),
  evening: Optional(Mean),
  elevated: Optional(Type.Boolean()),
  morningElevated: Optional(Type.Boolean()),
  morningEveningDifferenceMmHg: Optional(Type.Integer()),
  morningEveningNote: Optional(Type.Boolean()),
  systolicVariability: Optional(Variability),
  diastolicVariability: Optional(Variability),
  sessions: Type.Array(SessionWire, { description: 'All of the window, also of the dropped day, in time order.' }),
  officeTargets: Optional(TargetsWire),
});

export interface OfFacts {
  /** ISO calendar date. */
  readonly birthDate?: string | undefined;
  readonly conditions: readonly string[];
}

export function toPressureWire(
  { from, to, ...pressure }: HomeBloodPressure,
  sessions: readonly BloodPressureSession[],
  deviceIds: ReadonlyMap<number, string>,
  { birthDate, conditions }: OfFacts,
) {
  return {
    ...pressure,
    from: formatInstant(from),
    to: formatInstant(to),
    sessions: sessions.map((session) => toSessionWire(session, deviceIds.get(session.deviceKey))),
    ...(birthDate !== undefined && {
      officeTargets: toTargetsWire(ageAt(birthDate, to - 1, pressure.timeZone), conditions.some(isDiabetes)),
    }),
  };
}

const toSessionWire = (
  { startAt, endAt, readings, mean, single, unstable }: BloodPressureSession,
  deviceId: string | undefined,
) => ({
  startAt: formatInstant(startAt),
  endAt: formatInstant(endAt),
  ...(deviceId !== undefined && { deviceId }),
  ...mean,
  readingCount: readings.length,
  pulsePressureMmHg: pulsePressureMmHg(mean),
  meanArterialPressureMmHg: meanArterialPressureMmHg(mean),
  single,
  unstable,
});

const toTargetsWire = (ageYears: number, hasDiabetes: boolean) => ({
  ageYears,
  publicHealth: { ...controlTarget(ageYears) },
  guidelines: guidelineTargets(ageYears, hasDiabetes).map(({ guideline, below }) => ({ guideline, ...below })),
});

/** `type_2_diabetes`, `gestational_diabetes` and the like. */
const isDiabetes = (code: string): boolean => /(^|_)diabetes$/.test(code);
