// The readings an alert rests on. Rules name them by device, kind and measured time; what became of them since is shown with them.
import type { EvidenceReading } from '../domain/rules/rule.ts';
import type { StoredReading, TimeSeries } from '../storage/ports/time-series.ts';
import type { DeviceDirectory } from '../storage/registry/device-directory.ts';
import { type ReadingWire, toReadingWire } from './reading-wire.ts';

export interface EvidenceDeps {
  readonly timeSeries: Pick<TimeSeries, 'read' | 'find'>;
  readonly devices: Pick<DeviceDirectory, 'loadByKeys'>;
}

/** In the order given; what is not stored any more is left out. */
export async function readEvidence(
  { timeSeries, devices }: EvidenceDeps,
  evidence: readonly EvidenceReading[],
): Promise<ReadingWire[]> {
  const known = await devices.loadByKeys([...new Set(evidence.map(({ deviceKey }) => deviceKey))]);
  const spans = evidence.flatMap(({ deviceKey, measuredAt }) => {
    const device = known.get(deviceKey);
    if (device === undefined) return [];
    const { clockAheadMs, clockBehindMs } = device;
    return [{ deviceKey, fromAt: measuredAt, toAt: measuredAt + 1, clockAheadMs, clockBehindMs }];
  });
  const kinds = [...new Set(evidence.map(({ kind }) => kind))];
  const current = new Map((await timeSeries.read(spans, kinds)).map((stored) => [evidenceKey(stored.reading), stored]));
  // One that was taken back is no longer read; it is found by its identity, unless its device's clock was wrong as well.
  const missing = evidence.filter((each) => !current.has(evidenceKey(each)));
  const voided = await timeSeries.find(missing.map(({ measuredAt, ...each }) => ({ ...each, at: measuredAt })));
  for (const { current: stored } of voided.values()) current.set(evidenceKey(stored.reading), stored);
  return evidence.flatMap((each) => {
    const stored: StoredReading | undefined = current.get(evidenceKey(each));
    const device = known.get(each.deviceKey);
    return stored && device ? [toReadingWire(stored, device.deviceId)] : [];
  });
}

const evidenceKey = ({ deviceKey, kind, measuredAt }: EvidenceReading) => `${deviceKey} ${kind} ${measuredAt}`;
