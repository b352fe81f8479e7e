import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { META } from '../../domain/glucose-series.ts';
import type { GlucoseReading } from '../../domain/reading.ts';
import { MOST_ROWS, SeriesColumns } from './series-columns.ts';

const MINUTE = 60_000;
const reading = (minute: number, value: number, more: Partial<GlucoseReading> = {}): GlucoseReading => ({
  kind: 'cgm',
  deviceKey: 1,
  at: minute * MINUTE,
  measuredAt: minute * MINUTE,
  receivedAt: minute * MINUTE,
  value,
  unit: 'mg/dL',
  flags: [],
  ...more,
});
const seriesOf = (readings: readonly GlucoseReading[]) => {
  const series = new SeriesColumns(1, 5, true);
  const inOrder = readings.map((each) => series.insert(each));
  return { series, inOrder };
};
const rowsOf = ({ length, measuredAt, value, meta }: SeriesColumns) =>
  Array.from({ length }, (_, row) => [measuredAt[row], value[row], meta[row]]);

describe('a series in columns', () => {
  it('tells what came after everything else from what came between', () => {
    const { series, inOrder } = seriesOf([
      reading(0, 100),
      reading(10, 101),
      reading(5, 102),
      reading(10, 103),
      reading(15, 104),
    ]);
    expect(inOrder).toEqual([true, true, false, false, true]);
    expect(rowsOf(series).map(([, value]) => value)).toEqual([100, 102, 101, 103, 104]);
  });

  it('has equal rows for equal readings, in whatever order they came', () => {
    const readings = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 20, max: 450 })), {
      minLength: 1,
      maxLength: 40,
    });
    const orders = readings.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(orders, ([list, shuffled]) => {
        const make = (some: typeof list) => seriesOf(some.map(([minute, value]) => reading(minute, value))).series;
        expect(rowsOf(make(shuffled))).toEqual(rowsOf(make(list)));
      }),
    );
  });

  it('doubts a jump from the reading before it, and believes it again when a reading between explains it', () => {
    const { series } = seriesOf([reading(0, 100), reading(10, 180)]);
    expect(series.meta[1]! & META.suspect).toBe(META.suspect);
    series.insert(reading(5, 140));
    // 8 mg/dL a minute are two doubtful steps now: 5 a minute is the line.
    expect(series.meta[1]! & META.suspect).toBe(META.suspect);
    const { series: slower } = seriesOf([reading(0, 100), reading(2, 120), reading(10, 150)]);
    expect(slower.meta[1]! & META.suspect).toBe(META.suspect);
    slower.insert(reading(1, 115));
    expect(slower.meta[2]! & META.suspect).toBe(0);
  });

  it('keeps the doubt of a value that was flagged when it was checked', () => {
    const { series } = seriesOf([reading(0, 30, { flags: ['suspect'] }), reading(5, 31)]);
    expect([series.meta[0]! & META.suspect, series.meta[1]! & META.suspect]).toEqual([META.suspect, 0]);
  });

  it('marks what was received more than half an hour late', () => {
    const { series } = seriesOf([
      reading(0, 100, { receivedAt: 30 * MINUTE }),
      reading(5, 100, { receivedAt: 35 * MINUTE + 1 }),
    ]);
    expect([series.meta[0]! & META.late, series.meta[1]! & META.late]).toEqual([0, META.late]);
  });

  it('forgets what lies before its window, and the oldest when there is too much', () => {
    const { series } = seriesOf(Array.from({ length: 100 }, (_, minute) => reading(minute, 100)));
    series.dropBefore(40 * MINUTE);
    expect([series.length, series.measuredAt[0]]).toEqual([60, 40 * MINUTE]);
    for (let minute = 100; minute < MOST_ROWS + 100; minute++) series.insert(reading(minute, 100));
    expect(series.length).toBeLessThanOrEqual(MOST_ROWS);
    expect(series.completeFrom).toBe(series.measuredAt[0]);
  });

  it('needs less than 12 KB for two days of a 5-minute sensor', () => {
    const { series } = seriesOf(Array.from({ length: 576 }, (_, slot) => reading(slot * 5, 100)));
    expect(series.bytes).toBeLessThan(12 * 1024);
  });
});
