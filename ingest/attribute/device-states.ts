// What ingest remembers of the devices it hears from: how far their clocks are off, and the newest reading of each kind that is stored.
// Promise: only whoever alone writes a device may trust `newestAt`; everything is forgotten when partitions change hands.
import { type ClockSample, clockOffsetMs } from '../../domain/clock-offset.ts';
import type { ReadingKind } from '../../domain/reading.ts';
import type { TimeSeries } from '../../storage/ports/time-series.ts';
import { createEntryCache, type EntryCache } from '../../storage/registry/entry-cache.ts';
import { withClockSample } from './clock-samples.ts';

/** About 250 bytes each. */
const MAX_DEVICES = 100_000;
/** How far back the newest reading is looked for: what is older is settled by asking the store. */
const LOOK_BACK_MS = 7 * 24 * 3_600_000;

export class DeviceState {
  readonly deviceKey: number;
  /** Own timestamps above it are known to be new: nothing newer is stored. By kind. */
  readonly newestAt: Record<ReadingKind, number>;
  samples: readonly ClockSample[];
  /** See clock-offset.ts; undefined where the device never told its time. */
  offsetMs: number | undefined;

  constructor(deviceKey: number, newestAt: Record<ReadingKind, number>, samples: readonly ClockSample[]) {
    this.deviceKey = deviceKey;
    this.newestAt = newestAt;
    this.samples = samples;
    this.offsetMs = clockOffsetMs(samples);
  }

  /** Whether anything changed that has to be kept. */
  tell(sample: ClockSample): boolean {
    const samples = withClockSample(this.samples, sample);
    if (samples === this.samples) return false;
    this.samples = samples;
    this.offsetMs = clockOffsetMs(samples);
    return true;
  }
}

export type DeviceStates = EntryCache<number, DeviceState>;

export interface DeviceStatesDeps {
  readonly timeSeries: Pick<TimeSeries, 'newestAt'>;
  readonly readClocks: (deviceKeys: readonly number[]) => Promise<ReadonlyMap<number, readonly ClockSample[]>>;
  readonly now: () => number;
}

export function createDeviceStates({ timeSeries, readClocks, now }: DeviceStatesDeps): DeviceStates {
  return createEntryCache<number, DeviceState>({
    maxEntries: MAX_DEVICES,
    async read(deviceKeys) {
      const from = now() - LOOK_BACK_MS;
      const [newest, clocks] = await Promise.all([timeSeries.newestAt(deviceKeys, from), readClocks(deviceKeys)]);
      return new Map(
        deviceKeys.map((deviceKey) => {
          const known = newest.get(deviceKey);
          const { cgm = from, smbg = from, bp = from } = known ?? {};
          return [deviceKey, new DeviceState(deviceKey, { cgm, smbg, bp }, clocks.get(deviceKey) ?? [])];
        }),
      );
    },
  });
}
