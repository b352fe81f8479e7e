import { describe, expect, it } from 'vitest';
import type { GlucoseSeries } from '../glucose-series.ts';
import { conga } from './conga.ts';
import { glucoseGrid } from './glucose-grid.ts';
import { gridMetrics } from './grid-metrics.ts';
import { gridSlotMin } from './grid-slot.ts';
import { modd } from './modd.ts';
import { singleTrace } from './single-trace.ts';

const zone = 'Asia/Shanghai';
const dayStart = Date.parse('2026-05-01T00:00:00+08:00');
const minuteMs = 60_000;
const always = { from: 0, to: Number.MAX_SAFE_INTEGER };

function seriesOf(
  rows: readonly (readonly [minute: number, value: number])[],
  deviceKey = 1,
  cadenceMin = 5,
): GlucoseSeries {
  return {
    deviceKey,
    cadenceMin,
    length: rows.length,
    measuredAt: rows.map(([minute]) => dayStart + minute * minuteMs),
    value: rows.map(([, value]) => value),
    meta: rows.map(() => 0),
  };
}

const gridOf = (rows: readonly (readonly [number, number])[], slotMin = 5) =>
  glucoseGrid(singleTrace([seriesOf(rows)], always), slotMin, zone)!;
/** Value of the slot at a local minute of the first day; slots lie at 00:05 … 24:00. */
const at = (grid: { slotMin: number; mgPerDl: Float64Array }, minute: number) =>
  grid.mgPerDl[minute / grid.slotMin - 1];

describe('the five-minute grid', () => {
  it('interpolates linearly between readings up to 45 minutes apart', () => {
    const grid = gridOf([
      [60, 100],
      [105, 190],
    ]);
    expect([at(grid, 60), at(grid, 65), at(grid, 100), at(grid, 105)]).toEqual([100, 110, 180, 190]);
  });

  it('is absent strictly inside a longer gap, before the first and after the last reading', () => {
    const grid = gridOf([
      [60, 100],
      [106, 190],
      [110, 200],
    ]);
    expect([55, 65, 100, 105, 115].map((minute) => at(grid, minute))).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect([at(grid, 60), at(grid, 110)]).toEqual([100, 200]);
  });

  it('reads between slots where the sensor’s minutes don’t fit', () => {
    expect(
      at(
        gridOf([
          [62, 100],
          [67, 150],
        ]),
        65,
      ),
    ).toBe(130);
  });

  it('does not exist without readings', () => {
    expect(glucoseGrid(singleTrace([], always), 5, zone)).toBeUndefined();
    expect(gridMetrics([], always, zone)).toEqual({});
  });
});

describe('MODD and CONGA', () => {
  const twoDays = gridOf([
    [480, 100],
    [485, 110],
    [1920, 120],
    [1925, 100],
  ]);

  it('compare each slot with the one a day before', () => {
    expect(modd(twoDays)).toBe(15);
    expect(conga(twoDays, 24)).toBeCloseTo(21.213203, 6);
  });

  it('are absent without a pair; an SD needs two', () => {
    const onePair = gridOf([
      [480, 100],
      [1920, 120],
    ]);
    expect([modd(onePair), conga(onePair, 24)]).toEqual([20, undefined]);
    expect(modd(gridOf([[480, 100]]))).toBeUndefined();
  });

  it('use a quarter-hour grid for quarter-hour sensors, which has no slot between their readings', () => {
    const rows: [number, number][] = [
      [480, 100],
      [495, 130],
      [1920, 120],
      [1935, 90],
    ];
    expect(gridMetrics([seriesOf(rows, 1, 15)], always, zone).modd).toBe(30);
    expect(gridMetrics([seriesOf(rows, 1, 5)], always, zone).modd).toBe((20 + 0 + 20 + 40) / 4);
  });

  it('choose the grid by the sensors that read within the window', () => {
    const quarterHourly = seriesOf(
      [
        [480, 100],
        [495, 130],
        [1920, 120],
        [1935, 90],
      ],
      1,
      15,
    );
    const before = seriesOf([[400, 100]], 2, 5);
    const window = { from: dayStart + 480 * minuteMs, to: dayStart + 3 * 1440 * minuteMs };
    expect(gridMetrics([before, quarterHourly], window, zone).modd).toBe(30);
    expect(gridMetrics([seriesOf([], 2, 5), quarterHourly], window, zone).modd).toBe(30);
    const atItsStart = { deviceKey: 2, cadenceMin: 5, length: 1, measuredAt: [window.from], value: [100], meta: [0] };
    expect(gridSlotMin([atItsStart, quarterHourly], window)).toBe(5);
    expect(gridSlotMin([{ ...atItsStart, measuredAt: [window.to] }, quarterHourly], window)).toBe(15);
  });
});
