// Metrics as the API answers them: the domain's own names; instants in RFC 3339; nothing is rounded.
import Type from 'typebox';
import { InstantOut } from './wire.ts';

const Percent = Type.Number({ description: 'percent' });
const MgPerDl = Type.Number({ description: 'mg/dL' });
const Index = Type.Number();

export const GlucoseMetricsWire = Type.Object({
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  count: Type.Integer(),
  clippedCount: Type.Integer({ description: 'Readings off the sensor’s scale, which count as a bound.' }),
  daysWithData: Type.Integer(),
  activePercent: Percent,
  sufficient: Type.Boolean({ description: 'At least 70 % of the window and 9.8 days’ worth of readings.' }),
  shortWindow: Type.Optional(Type.Literal(true)),
  meanMgPerDl: Type.Optional(MgPerDl),
  meanMmolPerL: Type.Optional(Type.Number({ description: 'mmol/L' })),
  sdMgPerDl: Type.Optional(MgPerDl),
  cvPercent: Type.Optional(Percent),
  gmiPercent: Type.Optional(Percent),
  eA1cPercent: Type.Optional(Percent),
  gri: Type.Optional(Index),
  lbgi: Type.Optional(Index),
  hbgi: Type.Optional(Index),
  adrr: Type.Optional(Index),
  mage: Type.Optional(MgPerDl),
  modd: Type.Optional(MgPerDl),
  conga24: Type.Optional(MgPerDl),
  jIndex: Type.Optional(Index),
  tightRangePercent: Type.Optional(Percent),
  timeInRange: Type.Optional(
    Type.Object({ veryLow: Percent, low: Percent, inRange: Percent, high: Percent, veryHigh: Percent }),
  ),
});

export const AmbulatoryProfileWire = Type.Object({
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  daysWithData: Type.Integer(),
  activePercent: Percent,
  sufficient: Type.Boolean({ description: 'At least 70 % of the window and 9.8 days’ worth of readings.' }),
  shortWindow: Type.Optional(Type.Literal(true)),
  slotMin: Type.Optional(Type.Integer({ description: 'How far apart the slots lie, minutes.' })),
  slots: Type.Optional(
    Type.Array(
      Type.Object({
        minuteOfDay: Type.Integer({ description: 'Local time, minutes since 00:00; the last is 1440.' }),
        dayCount: Type.Integer({ description: 'Days with a value there.' }),
        percentilesMgPerDl: Type.Optional(
          Type.Object({ p5: MgPerDl, p25: MgPerDl, p50: MgPerDl, p75: MgPerDl, p95: MgPerDl }),
        ),
      }),
    ),
  ),
});

const MmHg = Type.Integer({ description: 'mmHg' });
const Mean = Type.Object({ systolicMmHg: MmHg, diastolicMmHg: MmHg, readingCount: Type.Integer() });
const Variability = Type.Object({
  mean: Type.Number(),
  sd: Type.Number(),
  cvPercent: Percent,
  arv: Type.Number({ description: 'Average real variability over sessions, mmHg.' }),
});

export const HomeBloodPressureWire = Type.Object({
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  readingCount: Type.Integer(),
  sessionCount: Type.Integer(),
  daysWithData: Type.Integer(),
  droppedDay: Type.Optional(Type.String({ format: 'date', description: 'Day 1: its readings are in no mean.' })),
  sufficient: Type.Boolean(),
  mean: Type.Optional(Mean),
  morning: Type.Optional(Mean),
  evening: Type.Optional(Mean),
  elevated: Type.Optional(Type.Boolean()),
  morningElevated: Type.Optional(Type.Boolean()),
  morningEveningDifferenceMmHg: Type.Optional(Type.Integer()),
  morningEveningNote: Type.Optional(Type.Boolean()),
  systolicVariability: Type.Optional(Variability),
  diastolicVariability: Type.Optional(Variability),
});
