// The CGM metrics of one window as the API answers them, and the window to compare it with.
import { addDays, localDayBounds, localDayOf, localDaysOf } from '../domain/local-day.ts';
import { glucoseEvents } from '../domain/metrics/glucose-events.ts';
import { type GlucoseMetrics, glucoseMetrics, type MetricsRequest } from '../domain/metrics/glucose-metrics.ts';
import { gridMetrics } from '../domain/metrics/grid-metrics.ts';
import { type LatestGlucose, latestGlucose } from '../domain/metrics/latest-glucose.ts';
import { mergeDaySummaries } from '../domain/metrics/merge-day-summaries.ts';
import { type GlucoseWindowDeps, readGlucoseWindow } from '../storage/readings/read-glucose-window.ts';
import type { DeviceDirectory } from '../storage/registry/device-directory.ts';
import type { PatientEntry } from '../storage/registry/patient-profiles.ts';
import { toEventCounts } from './event-wire.ts';
import { formatInstant } from './instant.ts';

export interface WindowMetrics extends GlucoseMetrics {
  readonly eventCounts?: ReturnType<typeof toEventCounts>;
  readonly latest?: LatestGlucose & { readonly deviceId?: string | undefined };
}

export interface WindowMetricsDeps extends GlucoseWindowDeps {
  readonly devices: Pick<DeviceDirectory, 'loadByKeys'>;
}

/** @param now epoch ms */
export async function windowMetrics(
  deps: WindowMetricsDeps,
  patient: PatientEntry,
  asked: MetricsRequest,
  now: number,
): Promise<WindowMetrics> {
  const { summaries, cgm } = await readGlucoseWindow(deps, patient, asked, now);
  const events = glucoseEvents(cgm, asked, asked.timeZone);
  const modelIdOf = (key: number) => patient.devices.find(({ deviceKey }) => deviceKey === key)?.model?.modelId;
  const latest = latestGlucose(cgm, asked, now, modelIdOf);
  const devices = latest && (await deps.devices.loadByKeys([latest.deviceKey]));
  return {
    ...glucoseMetrics(mergeDaySummaries(summaries), asked, gridMetrics(cgm, asked, asked.timeZone)),
    ...(events && { eventCounts: toEventCounts(events) }),
    ...(latest && { latest: { ...latest, deviceId: devices?.get(latest.deviceKey)?.deviceId } }),
  };
}

/** As many local days, or as much time, just before. */
export function previousWindow(asked: MetricsRequest): MetricsRequest {
  const { from, to, timeZone, askedBy } = asked;
  if (askedBy === 'range') return { ...asked, from: from - (to - from), to: from };
  const firstDay = addDays(localDayOf(from, timeZone), -localDaysOf(asked, timeZone).length);
  return { ...asked, from: localDayBounds(firstDay, timeZone).startAt, to: from };
}

export const toMetricsWire = ({ from, to, latest, ...metrics }: WindowMetrics) => ({
  ...metrics,
  ...(latest && { latest: toLatestWire(latest) }),
  from: formatInstant(from),
  to: formatInstant(to),
});

const toLatestWire = ({ deviceKey: _, measuredAt, ...latest }: NonNullable<WindowMetrics['latest']>) => ({
  ...latest,
  measuredAt: formatInstant(measuredAt),
});
