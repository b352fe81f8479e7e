// A recorded trace as a device remembers it: moved by whole days into the recent past, everything else as it was recorded.
import { type ReadingSource, seqAt, type WireReading } from '../devices/wire-reading.ts';
import { DAY_MS, formatWithOffset } from '../traces/local-day.ts';
import type { RecordedTrace } from './read-trace-csv.ts';

/** How many whole days move the last reading of all traces into the day before `now` (epoch ms). */
export function daysToRecentPast(traces: readonly RecordedTrace[], now: number): number {
  const last = traces.reduce((latest, { readings }) => Math.max(latest, readings.at(-1)?.at ?? latest), -Infinity);
  return Math.floor((now - last) / DAY_MS);
}

export interface ReplaySource {
  readonly source: ReadingSource;
  /** Epoch ms after the shift: of the first reading, and just after the last. */
  readonly from: number;
  readonly to: number;
}

/** The offset of each reading stays as recorded, so that its local time of day does. */
export function createReplaySource(
  { readings }: RecordedTrace,
  shiftDays: number,
  unit: 'mg/dL' | 'mmol/L',
): ReplaySource {
  const shiftMs = shiftDays * DAY_MS;
  const moved = readings.map(({ at, offsetMs, value }) => ({ at: at + shiftMs, offsetMs, value }));
  const source: ReadingSource = (from, to) =>
    moved
      .filter(({ at }) => at >= from && at < to)
      .map(
        ({ at, offsetMs, value }): WireReading => ({
          kind: 'cgm',
          at: formatWithOffset(at, offsetMs),
          value,
          unit,
          seq: seqAt(at),
        }),
      );
  return { source, from: moved[0]?.at ?? 0, to: (moved.at(-1)?.at ?? 0) + 1_000 };
}
