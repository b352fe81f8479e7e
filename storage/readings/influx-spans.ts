// Spans of measured time, and where in the devices' own time their readings lie.
import type { ReadingKind } from '../../domain/reading.ts';
import type { DeviceSpan, StoredReading } from '../ports/time-series.ts';
import type { Reach } from './influx-overlay.ts';
import type { Stretch } from './influx-query.ts';
import { KIND_CODES } from './reading-codes.ts';

/** Where the readings of spans may lie: `at` lies around the measured time by the device's widest corrections. They don't overlap. */
export function reachesOf(spans: readonly DeviceSpan[]): Reach[] {
  const reaches: Reach[] = [];
  for (const [deviceKey, own] of Map.groupBy(spans, (span) => span.deviceKey)) {
    const wide = own.map(({ fromAt, toAt, clockAheadMs, clockBehindMs }) => ({
      deviceKey,
      fromAt: fromAt - clockBehindMs,
      toAt: toAt + clockAheadMs,
    }));
    wide.sort((a, b) => a.fromAt - b.fromAt);
    let last: { deviceKey: number; fromAt: number; toAt: number } | undefined;
    for (const reach of wide) {
      if (last !== undefined && reach.fromAt <= last.toAt) last.toAt = Math.max(last.toAt, reach.toAt);
      else {
        reaches.push(reach);
        last = reach;
      }
    }
  }
  return reaches;
}

/** Devices that are asked for the same time are asked together: patients of one zone at least. */
export function stretchesOf(reaches: readonly Reach[], kinds: readonly ReadingKind[]): Stretch[] {
  const together = Map.groupBy(reaches, ({ fromAt, toAt }) => `${fromAt}.${toAt}`);
  return [...together.values()].flatMap((same) => {
    const { fromAt, toAt } = same[0]!;
    const deviceKeys = same.map(({ deviceKey }) => deviceKey);
    return kinds.map((kind) => ({ kind, deviceKeys, fromAt, toAt }));
  });
}

/** Tells whether a reading was measured in one of the spans. */
export function spanTest(spans: readonly DeviceSpan[]): (stored: StoredReading) => boolean {
  const ofDevice = Map.groupBy(spans, ({ deviceKey }) => deviceKey);
  return ({ reading: { deviceKey, measuredAt, slot } }) => {
    const own = ofDevice.get(deviceKey) ?? [];
    return own.some(
      (span) => measuredAt >= span.fromAt && measuredAt < span.toAt && (span.slot === undefined || span.slot === slot),
    );
  };
}

/** As TimeSeries.read promises them. */
export const inTimeOrder = ({ reading: a }: StoredReading, { reading: b }: StoredReading): number =>
  a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey || KIND_CODES[a.kind] - KIND_CODES[b.kind] || a.at - b.at;
