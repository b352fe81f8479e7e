import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { META, packMeta } from '../../domain/glucose-series.ts';
import { packDayTrace, unpackDayTrace } from './day-trace.ts';

const DAY = { from: Date.UTC(2026, 9, 24, 22), to: Date.UTC(2026, 9, 25, 23) };

const series = fc
  .record({
    deviceKey: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    times: fc.array(fc.integer({ min: DAY.from - 3_600_000, max: DAY.to + 3_600_000 }), { maxLength: 40 }),
    value: fc.double({ noNaN: true }),
    code: fc.constantFrom('LOW' as const, 'HIGH' as const, undefined),
    unit: fc.constantFrom('mg/dL' as const, 'mmol/L' as const),
    late: fc.boolean(),
  })
  .map(({ deviceKey, times, value, code, unit, late }): GlucoseSeries => {
    const measuredAt = times.sort((a, b) => a - b);
    const meta = packMeta({ unit, code, late, context: 'fasting' });
    const rows = { measuredAt, value: measuredAt.map((_, n) => value / (n + 1)), meta: measuredAt.map(() => meta) };
    return { deviceKey, cadenceMin: 5, length: measuredAt.length, ...rows };
  });

describe('the readings of a day, packed', () => {
  it('come back to the last bit, those of other days left out, with unit and code and nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(series, { selector: ({ deviceKey }) => deviceKey, maxLength: 3 }), (cgm) => {
        const expected = cgm.flatMap(({ deviceKey, measuredAt, value, meta, length }) => {
          const rows = Array.from({ length }, (_, n) => n).filter(
            (n) => measuredAt[n]! >= DAY.from && measuredAt[n]! < DAY.to,
          );
          if (rows.length === 0) return [];
          return [
            {
              deviceKey,
              measuredAt: rows.map((n) => measuredAt[n]),
              value: rows.map((n) => value[n]),
              meta: rows.map((n) => meta[n]! & (META.mmol | META.low | META.high)),
            },
          ];
        });
        expect(unpackDayTrace(packDayTrace(cgm, DAY), DAY.from)).toEqual(expected);
      }),
    );
  });

  it('are not read where another version has written them', () => {
    const bytes = packDayTrace([], DAY);
    bytes[0]! += 1;
    expect(unpackDayTrace(bytes, DAY.from)).toBeUndefined();
  });
});
