import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START_AT, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { compressionLows } from './compression-low.ts';
import { singleTrace, type Trace } from './single-trace.ts';

const always = { from: 0, to: Number.MAX_SAFE_INTEGER };
const minutes = (at: number) => (at - START_AT) / 60_000;

describe('a compression low', () => {
  const night = -8 * 60;
  /** Every 5 min from local midnight + `startMin` on. */
  const found = (values: readonly number[], startMin = 120) => {
    const samples = values.map((value, slot) => ({ min: night + startMin + 5 * slot, value }));
    return compressionLows(singleTrace([seriesFrom(samples)], always), 'Asia/Shanghai').map((low) =>
      [low.fellFromAt, low.lowAt, low.returnedAt].map((at) => minutes(at) - night - startMin),
    );
  };

  it('is a sudden fall at night below 70 and a quick return', () => {
    expect(found([100, 98, 65, 60, 62, 85])).toEqual([[0, 10, 25]]);
  });

  it('that bounces on its way down is found once, and returns after the fall is complete', () => {
    expect(found([80, 69, 66, 55, 80])).toEqual([[0, 5, 20]]);
    expect(found([80, 69, 66, 55, 55])).toEqual([]);
  });

  it('falls by 25 mg/dL or more within 15 minutes', () => {
    expect(found([94, 69, 69, 90])).toEqual([[0, 5, 15]]);
    expect(found([93.9, 69, 69, 90])).toEqual([]);
    expect(found([94, 90, 85, 69, 90])).toEqual([[0, 15, 20]]);
    expect(found([94, 90, 85, 75, 69, 90])).toEqual([]);
    expect(found([85, 69, 58, 85])).toEqual([[0, 5, 15]]);
  });

  it('falls below 70, not to it', () => {
    expect(found([110, 70, 110])).toEqual([]);
    expect(found([110, 69.9, 110])).toEqual([[0, 5, 10]]);
  });

  it('returns to within 15 mg/dL of the earlier level within 60 minutes', () => {
    const under = (slots: number, back: number) => [100, ...Array<number>(slots).fill(65), back];
    expect(found(under(12, 85))).toEqual([[0, 5, 65]]);
    expect(found(under(13, 85))).toEqual([]);
    expect(found(under(3, 84.9))).toEqual([]);
  });

  it('is a matter of the night, 00:00 to 07:59', () => {
    expect(found([100, 65, 100], -5)).toHaveLength(1);
    expect(found([100, 65, 100], -10)).toHaveLength(0);
    expect(found([100, 65, 100], 470)).toHaveLength(1);
    expect(found([100, 65, 100], 475)).toHaveLength(0);
  });

  it('is told once, and again for the next', () => {
    expect(found([100, 65, 64, 100, 100, 100, 66, 99])).toEqual([
      [0, 5, 15],
      [25, 30, 35],
    ]);
  });

  it('is the same however close readings are, as looking at every earlier one says', () => {
    const traces = fc.array(
      fc.tuple(fc.constantFrom(0, 1, 1, 4, 20), fc.constantFrom(45, 55, 65, 69, 70, 80, 90, 95)),
      {
        minLength: 2,
        maxLength: 80,
      },
    );
    let told = 0;
    fc.assert(
      fc.property(traces, (steps) => {
        let min = -7 * 60;
        const samples = steps.map(([waitMin, value]) => {
          min += waitMin + 0.25;
          return { min, value };
        });
        const trace = singleTrace([seriesFrom(samples)], always);
        const lows = compressionLows(trace, 'Asia/Shanghai');
        expect(lows).toEqual(byLookingAtAll(trace));
        told += lows.length;
      }),
    );
    expect(told).toBeGreaterThan(15);
  });
});

/** All of it lies in one night. */
function byLookingAtAll({ measuredAt, mgPerDl }: Trace) {
  const found = [];
  for (let low = 0; low < mgPerDl.length; low++) {
    if (mgPerDl[low]! >= 70 || (minutes(measuredAt[low]!) + 8 * 60) % 1440 >= 8 * 60) continue;
    let from = low;
    for (let row = low - 1; row >= 0 && measuredAt[low]! - measuredAt[row]! <= 15 * 60_000; row--)
      if (mgPerDl[row]! > mgPerDl[from]!) from = row;
    if (mgPerDl[from]! - mgPerDl[low]! < 25) continue;
    const lowAt = measuredAt.find((_, row) => row > from && mgPerDl[row]! < 70)!;
    const returnedAt = measuredAt.find(
      (at, row) => row > low && at <= lowAt + 3_600_000 && mgPerDl[row]! >= mgPerDl[from]! - 15,
    );
    if (returnedAt === undefined) continue;
    found.push({ fellFromAt: measuredAt[from]!, lowAt, returnedAt });
    low = measuredAt.indexOf(returnedAt);
  }
  return found;
}
