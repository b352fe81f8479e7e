// Whatever a device may tell, as it is stored: every field with and without, values to the last bit. Used by tests only.
import fc from 'fast-check';
import {
  type BloodPressureReading,
  GLUCOSE_CONTEXTS,
  GLUCOSE_UNITS,
  type GlucoseReading,
  READING_FLAGS,
  SCALE_CODES,
} from '../../domain/reading.ts';
import { wholeMmHgFromKpa } from '../../domain/units.ts';
import type { StoredReading } from '../../storage/ports/time-series.ts';

const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Sums such as 0.1 + 0.2 are what a converted value looks like. */
const value = fc.oneof(
  fc.double({ min: 0.1, max: 700, noNaN: true }),
  fc.integer({ min: 1, max: 333 }).map((tenths) => tenths * 0.1),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: Number.MIN_VALUE }),
);
const slot = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 32 }).filter((text) => !text.includes('\0'));
const flags = fc.subarray([...READING_FLAGS]).map((some) => READING_FLAGS.filter((flag) => some.includes(flag)));
const safe = (max = Number.MAX_SAFE_INTEGER) => fc.integer({ min: 0, max });

const base = (deviceKeys: readonly number[], fromAt: number, toAt: number) => ({
  deviceKey: fc.constantFrom(...deviceKeys),
  at: fc.integer({ min: fromAt, max: toAt - 1 }),
  clockMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -3_600_000, max: 3_600_000 })),
  delayMs: fc.oneof(fc.constant(1_500), fc.integer({ min: -86_400_000, max: 10 * 365 * 86_400_000 })),
  flags,
  slot: perhaps(slot),
  seq: perhaps(safe()),
  sentAt: perhaps(safe(4_102_444_800_000)),
});

/** Readings of the devices, their own times in [fromAt, toAt), their clocks at most an hour off; each identity once. */
export function storedReadings(
  deviceKeys: readonly number[],
  fromAt: number,
  toAt: number,
): fc.Arbitrary<StoredReading[]> {
  const glucose = fc
    .record({
      ...base(deviceKeys, fromAt, toAt),
      kind: fc.constantFrom('cgm' as const, 'smbg' as const),
      value,
      unit: fc.constantFrom(...GLUCOSE_UNITS),
      code: perhaps(fc.constantFrom(...SCALE_CODES)),
      context: perhaps(fc.constantFrom(...GLUCOSE_CONTEXTS)),
    })
    .map(
      ({ clockMs, delayMs, ...reading }): GlucoseReading => ({
        ...reading,
        measuredAt: reading.at + clockMs,
        receivedAt: reading.at + delayMs,
      }),
    );
  const pressure = fc
    .record({
      ...base(deviceKeys, fromAt, toAt),
      unit: fc.constantFrom('mmHg' as const, 'kPa' as const),
      receivedSystolic: value,
      receivedDiastolic: value,
      pulsePerMin: perhaps(fc.integer({ min: 30, max: 220 })),
    })
    .map(({ clockMs, delayMs, ...reading }): BloodPressureReading => {
      const inMmHg = (received: number) => (reading.unit === 'kPa' ? wholeMmHgFromKpa(received) : received);
      return {
        ...reading,
        kind: 'bp',
        measuredAt: reading.at + clockMs,
        receivedAt: reading.at + delayMs,
        systolicMmHg: inMmHg(reading.receivedSystolic),
        diastolicMmHg: inMmHg(reading.receivedDiastolic),
      };
    });
  const origin = fc.record({ partition: safe(32_767), seq: safe(), index: safe(1_000_000) });
  const stored = fc.record({ reading: fc.oneof(glucose, pressure), origin }).map((each) => ({ ...each, revision: 0 }));
  return fc.uniqueArray(stored, {
    minLength: 1,
    maxLength: 40,
    selector: ({ reading: { kind, deviceKey, at } }) => `${kind}.${deviceKey}.${at}`,
  });
}
