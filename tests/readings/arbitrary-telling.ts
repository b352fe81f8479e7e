// What sensors, meters and clocks tell beside each other, for property tests of the rules about devices and data. Used by tests only.
import fc from 'fast-check';
import type { DeviceEvent } from '../../domain/device-event.ts';
import { META } from '../../domain/glucose-series.ts';
import type { PatientWindow } from '../../domain/rules/rule.ts';
import { cgmTrace } from './arbitrary-readings.ts';
import { MINUTE_MS, START_AT, seriesFrom, windowWith } from './patient-windows.ts';

/** What a sensor, a meter or the server tells of a device, in the order of event time. */
export interface Told {
  readonly min: number;
  readonly of: 'cgm' | 'smbg' | DeviceEvent['what'];
  readonly value: number;
  /** The device's clock was not to be trusted. */
  readonly isDoubted?: boolean;
}

/** A sensor that is steady, now and then silent, and fingersticks beside it that agree or don't. */
export const besideFingersticks: fc.Arbitrary<Told[]> = fc
  .array(
    fc.record({
      slots: fc.integer({ min: 1, max: 8 }),
      gapSlots: fc.constantFrom(0, 0, 0, 3, 12),
      stick: fc.constantFrom(undefined, 102, 125, 130, 140),
      afterMin: fc.constantFrom(-4, 1, 4, 6),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((runs) => {
    const told = new Map<string, Told>();
    let min = 0;
    for (const { slots, gapSlots, stick, afterMin } of runs) {
      min += gapSlots * 5;
      for (let i = 0; i < slots; i++, min += 5) told.set(`cgm ${min}`, { min, of: 'cgm', value: 100 + (i % 3) });
      if (stick !== undefined) told.set(`smbg ${min + afterMin}`, { min: min + afterMin, of: 'smbg', value: stick });
    }
    return [...told.values()].sort((a, b) => a.min - b.min);
  });

/** A clock that is now right and now wrong, and uploads of old readings. */
export const clocks: fc.Arbitrary<Told[]> = fc
  .array(
    fc.record({
      waitMin: fc.constantFrom(1, 5, 6, 15, 60),
      of: fc.constantFrom('cgm', 'cgm', 'cgm', 'clock_ahead', 'stale_upload'),
      isDoubted: fc.constantFrom(false, false, true),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((some) => {
    let min = 0;
    return some.map(({ waitMin, ...one }) => {
      min += waitMin;
      return { ...one, min, value: 100 };
    });
  });

/** A sensor that is silent for hours now and then. */
export const silences: fc.Arbitrary<Told[]> = cgmTrace({ maxRuns: 6, maxGapSlots: 400 }).map((samples) =>
  samples.map(({ min }) => ({ min, of: 'cgm', value: 100 })),
);

export function windowOfTold(stored: readonly Told[]): PatientWindow {
  const rowsOf = (kind: Told['of']) => stored.filter(({ of }) => of === kind).sort((a, b) => a.min - b.min);
  const cgm = seriesFrom(rowsOf('cgm'));
  const doubted = rowsOf('cgm').map(({ isDoubted }, row) => cgm.meta[row]! | (isDoubted ? META.clock : 0));
  const deviceEvents = stored
    .flatMap(({ min, of }) =>
      of === 'cgm' || of === 'smbg' ? [] : [{ deviceKey: 1, at: START_AT + min * MINUTE_MS, what: of }],
    )
    .sort((a, b) => a.at - b.at);
  const smbg = seriesFrom(rowsOf('smbg'), { deviceKey: 9 });
  return windowWith({ cgm: [{ ...cgm, meta: Uint16Array.from(doubted) }], smbg: [smbg], deviceEvents });
}
