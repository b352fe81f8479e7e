// Metrics as the API answers them: the domain's own names; instants in RFC 3339; nothing is rounded.
import Type, { type TSchema } from 'typebox';
import { TREND_ARROWS } from '../domain/metrics/rate-of-change.ts';
import { EventCounts } from './event-wire.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;
const Percent = Type.Number({ description: 'percent' });
const MgPerDl = Type.Number({ description: 'mg/dL' });
const Index = Type.Number();

const perBand = <T extends TSchema>(schema: T) =>
  Type.Object({ veryLow: schema, low: schema, inRange: schema, high: schema, veryHigh: schema });
const Count = Type.Integer();
const Minutes = Type.Number({ description: 'Readings times their cadence.' });
const RiskBand = Type.Enum(['low', 'moderate', 'high']);

const GLUCOSE_METRICS = {
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  count: Type.Integer(),
  clippedCount: Type.Integer({ description: 'Readings off the sensor’s scale, which count as a bound.' }),
  daysWithData: Type.Integer(),
  activePercent: Percent,
  sufficient: Type.Boolean({ description: 'At least 70 % of the window and 9.8 days’ worth of readings.' }),
  shortWindow: Optional(Type.Literal(true)),
  meanMgPerDl: Optional(MgPerDl),
  meanMmolPerL: Optional(Type.Number({ description: 'mmol/L' })),
  sdMgPerDl: Optional(MgPerDl),
  cvPercent: Optional(Percent),
  gmiPercent: Optional(Percent),
  gmiMmolPerMol: Optional(Type.Number({ description: 'mmol/mol' })),
  eA1cPercent: Optional(Percent),
  gri: Optional(Index),
  griZone: Optional(Type.Enum(['A', 'B', 'C', 'D', 'E'])),
  lbgi: Optional(Index),
  lbgiBand: Optional(Type.Enum(['minimal', 'low', 'moderate', 'high'])),
  hbgi: Optional(Index),
  hbgiBand: Optional(RiskBand),
  adrr: Optional(Index),
  adrrBand: Optional(RiskBand),
  mage: Optional(MgPerDl),
  mageRises: Optional(MgPerDl),
  mageFalls: Optional(MgPerDl),
  mageGreater: Optional(Type.Number({ description: 'By part the greater of rises and falls, mg/dL.' })),
  modd: Optional(MgPerDl),
  conga24: Optional(MgPerDl),
  hourlyMeanMgPerDl: Optional(Type.Number({ description: 'Area under the curve an hour, mg/dL.' })),
  mag: Optional(Type.Number({ description: 'Mean absolute change, mg/dL an hour.' })),
  gvpPercent: Optional(Percent),
  automaticActivePercent: Optional(
    Type.Number({
      description: 'From the first reading to the last, percent: beside activePercent, no measure of sufficiency.',
    }),
  ),
  jIndex: Optional(Index),
  mValue: Optional(Index),
  grade: Optional(Index),
  cogi: Optional(Index),
  tightRangePercent: Optional(Percent),
  tightRangeCount: Optional(Count),
  tightRangeMinutes: Optional(Minutes),
  timeInRange: Optional(perBand(Percent)),
  countInRange: Optional(perBand(Count)),
  minutesInRange: Optional(perBand(Minutes)),
  eventCounts: Optional(EventCounts),
  latest: Optional(
    Type.Object(
      {
        deviceId: Optional(Uuid),
        measuredAt: InstantOut,
        mgPerDl: MgPerDl,
        mmolPerL: Type.Number({ description: 'mmol/L' }),
        code: Optional(Type.Enum(['LOW', 'HIGH'])),
        ratePerMin: Optional(Type.Number({ description: 'mg/dL a minute, of the 15 minutes before it.' })),
        arrow: Optional(Type.Enum([...TREND_ARROWS], { description: 'In the bands of the sensor’s maker.' })),
      },
      { description: 'The newest reading of the window. No rate and no arrow of one that is over 10 minutes old.' },
    ),
  ),
};

const Points = Type.Number({ description: 'percentage points' });
export const GlucoseMetricsWire = Type.Object({
  ...GLUCOSE_METRICS,
  previous: Optional(Type.Object(GLUCOSE_METRICS, { description: 'The window of the same length just before.' })),
  change: Optional(
    Type.Object(
      {
        inRangePoints: Points,
        belowRangePoints: Points,
        aboveRangePoints: Points,
        gmiPercent: Percent,
        meanMgPerDl: MgPerDl,
        meaningfulInRange: Type.Boolean(),
        meaningfulGmi: Type.Boolean(),
      },
      { description: 'Present minus previous; absent where either is insufficient.' },
    ),
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
