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
export async function readEvidence(deps: EvidenceDeps, evidence: readonly EvidenceReading[]): Promise<ReadingWire[]> {
  const { stored, deviceIds } = await readStoredEvidence(deps, evidence);
  return evidence.flatMap((each) => {
    const [found, deviceId] = [stored.get(evidenceKey(each)), deviceIds.get(each.deviceKey)];
    return found && deviceId !== undefined ? [toReadingWire(found, deviceId)] : [];
  });
}

export interface StoredEvidence {
  /** By `evidenceKey`. */
  readonly stored: ReadonlyMap<string, StoredReading>;
  /** By device key. */
  readonly deviceIds: ReadonlyMap<number, string>;
}

/** @param held by `evidenceKey`: what needn't be read again */
export async function readStoredEvidence(
  { timeSeries, devices }: EvidenceDeps,
  evidence: readonly EvidenceReading[],
  held: ReadonlyMap<string, StoredReading> = new Map(),
): Promise<StoredEvidence> {
  const known = await devices.loadByKeys([...new Set(evidence.map(({ deviceKey }) => deviceKey))]);
  const unknown = evidence.filter((each) => !held.has(evidenceKey(each)));
  // Several rules rest on the same reading; spans are not to meet.
  const instants = new Map(unknown.map((each) => [`${each.deviceKey} ${each.measuredAt}`, each]));
  const spans = [...instants.values()].flatMap(({ deviceKey, measuredAt }) => {
    const device = known.get(deviceKey);
    if (device === undefined) return [];
    const { clockAheadMs, clockBehindMs } = device;
    return [{ deviceKey, fromAt: measuredAt, toAt: measuredAt + 1, clockAheadMs, clockBehindMs }];
  });
  const kinds = [...new Set(unknown.map(({ kind }) => kind))];
  const read = unknown.length === 0 ? [] : await timeSeries.read(spans, kinds);
  const current = new Map(held);
  for (const stored of read) current.set(evidenceKey(stored.reading), stored);
  // One that was taken back is no longer read; it is found by its identity, unless its device's clock was wrong as well.
  const missing = unknown.filter((each) => !current.has(evidenceKey(each)));
  if (missing.length > 0) {
    const voided = await timeSeries.find(missing.map(({ measuredAt, ...each }) => ({ ...each, at: measuredAt })));
    for (const { current: stored } of voided.values()) current.set(evidenceKey(stored.reading), stored);
  }
  return {
    stored: current,
    deviceIds: new Map([...known].map(([deviceKey, { deviceId }]) => [deviceKey, deviceId])),
  };
}

export const evidenceKey = ({ deviceKey, kind, measuredAt }: EvidenceReading) => `${deviceKey} ${kind} ${measuredAt}`;
