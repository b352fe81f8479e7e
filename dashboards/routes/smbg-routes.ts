// What a window of fingersticks comes to, beside their targets and the sensor that was worn (clinical.md §4).
import Type from 'typebox';
import type { GlucoseKind, GlucoseReading } from '../../domain/reading.ts';
import { cgmSmbgPairs } from '../../domain/smbg/cgm-smbg-pair.ts';
import { fingerstickSummary } from '../../domain/smbg/fingerstick-summary.ts';
import { isFastingSatisfactory, meetsFingerstickTarget } from '../../domain/smbg/fingerstick-target.ts';
import { mardPercent } from '../../domain/smbg/mard.ts';
import { ownFastingLine } from '../../domain/smbg/own-fasting-line.ts';
import type { DeviceSpan } from '../../storage/ports/time-series.ts';
import { glucoseSeriesOf } from '../../storage/readings/glucose-series-of.ts';
import { deviceSpans } from '../../storage/registry/patient-profiles.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { askedWindow, WINDOW_QUERY } from '../asked-window.ts';
import { formatInstant } from '../instant.ts';
import { patientEntryOf } from '../patient-entry.ts';
import { patientOf } from '../route-access.ts';
import { InstantOut, PatientParams, Strict } from '../wire.ts';

const SMBG_DAYS = 14;
/** A pair needs the sensor's rate of change at the fingerstick, and a reading within 5 min of it. */
const BESIDE_MS = 30 * 60_000;

const SmbgMetricsWire = Type.Object({
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  count: Type.Integer(),
  clippedCount: Type.Integer({ description: 'LO and HI, which count as their bounds.' }),
  daysWithData: Type.Integer(),
  fullDays: Type.Integer({ description: 'Local days with at least 3 readings.' }),
  sufficient: Type.Boolean({ description: 'At least 7 full days: else there is no mean.' }),
  meanMgPerDl: Type.Optional(Type.Number()),
  meanMmolPerL: Type.Optional(Type.Number()),
  eA1cPercent: Type.Optional(Type.Number()),
  fasting: Type.Object(
    { count: Type.Integer(), satisfactory: Type.Integer() },
    {
      description:
        'Satisfactory: below 7.0 mmol/L (126 mg/dL), or below the patient’s own line (SMBG-04 `fastingFrom`).',
    },
  ),
  target: Type.Object(
    { count: Type.Integer(), met: Type.Integer() },
    {
      description:
        'Of readings with a context other than random: fasting 4.4 to 7.0, or below the patient’s own line, else below 10.0 mmol/L.',
    },
  ),
  cgmPairs: Type.Object(
    { count: Type.Integer(), discordant: Type.Integer(), mardPercent: Type.Optional(Type.Number()) },
    {
      description:
        'Fingersticks beside a steady sensor; discordant: more than 20 mg/dL below 100, else more than 20 %.',
    },
  ),
});

/** Of the sensors' readings those about a fingerstick; both in ascending `measuredAt`. */
function nearTo(sticks: readonly GlucoseReading[], cgm: readonly GlucoseReading[]): GlucoseReading[] {
  let next = 0;
  return cgm.filter(({ measuredAt }) => {
    while (next < sticks.length && sticks[next]!.measuredAt < measuredAt - BESIDE_MS) next += 1;
    const stick = sticks[next];
    return stick !== undefined && stick.measuredAt <= measuredAt + BESIDE_MS;
  });
}

export const smbgRoutes: ApiRoutes = (services) => async (server) => {
  const { storage, now } = services;

  /** What a meter measured of its control solution never counts. */
  async function read(spans: readonly DeviceSpan[], kind: GlucoseKind): Promise<GlucoseReading[]> {
    const found = spans.length > 0 ? await storage.timeSeries.read(spans, [kind]) : [];
    return found
      .map(({ reading }) => reading)
      .filter((reading) => reading.kind !== 'bp')
      .filter(({ flags }) => !flags.includes('control_solution'));
  }

  server.get(
    '/patients/:patientId/smbg-metrics',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'metrics' } },
      schema: {
        tags: ['metrics'],
        description: 'Of fingersticks. There is no time in range of them. What can’t be computed is absent.',
        params: PatientParams,
        querystring: Strict(WINDOW_QUERY),
        response: { 200: SmbgMetricsWire },
      },
    },
    async (request) => {
      const { devices, profile, rules } = await patientEntryOf(services, patientOf(request));
      const { timeZone } = profile;
      const asked = askedWindow(request.query, SMBG_DAYS, timeZone, now());
      const sticks = await read(deviceSpans(devices, asked.from, asked.to), 'smbg');
      const smbg = glucoseSeriesOf(sticks, 'smbg', devices);
      // Without fingersticks a year of a sensor isn't read for nothing.
      const spans = sticks.length > 0 ? deviceSpans(devices, asked.from - BESIDE_MS, asked.to + BESIDE_MS) : [];
      const cgm = glucoseSeriesOf(nearTo(sticks, await read(spans, 'cgm')), 'cgm', devices);
      const pairs = cgmSmbgPairs(cgm, smbg);
      const { from, to, ...summary } = fingerstickSummary(smbg, asked, timeZone);
      const own = ownFastingLine(rules);
      const fasting = sticks.map((stick) => isFastingSatisfactory(stick, own)).filter((is) => is !== undefined);
      const target = sticks.map((stick) => meetsFingerstickTarget(stick, own)).filter((met) => met !== undefined);
      const mard = mardPercent(pairs);
      return {
        from: formatInstant(from),
        to: formatInstant(to),
        ...summary,
        fasting: { count: fasting.length, satisfactory: fasting.filter(Boolean).length },
        target: { count: target.length, met: target.filter(Boolean).length },
        cgmPairs: {
          count: pairs.length,
          discordant: pairs.filter(({ discordant }) => discordant).length,
          ...(mard !== undefined && { mardPercent: mard }),
        },
      };
    },
  );
};
