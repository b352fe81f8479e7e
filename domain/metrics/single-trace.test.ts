import { describe, expect, it } from 'vitest';
import type { GlucoseSeries } from '../glucose-series.ts';
import { singleTrace } from './single-trace.ts';

const dayStart = Date.parse('2026-05-01T00:00:00+08:00');
const minuteMs = 60_000;
const always = { from: 0, to: Number.MAX_SAFE_INTEGER };

function seriesOf(rows: readonly (readonly [minute: number, value: number])[], deviceKey = 1): GlucoseSeries {
  return {
    deviceKey,
    cadenceMin: 5,
    length: rows.length,
    measuredAt: rows.map(([minute]) => dayStart + minute * minuteMs),
    value: rows.map(([, value]) => value),
    meta: rows.map(() => 0),
  };
}

describe('one trace through several sensors', () => {
  it('follows one sensor until it has a gap, then the other: never a zigzag between two', () => {
    const old = seriesOf(
      [
        [0, 100],
        [5, 100],
        [10, 100],
      ],
      1,
    );
    const replacement = seriesOf(
      [
        [7, 150],
        [12, 150],
        [17, 150],
      ],
      2,
    );
    expect(singleTrace([replacement, old], always).mgPerDl).toEqual([100, 100, 100, 150, 150]);
  });

  it('stays with a sensor over 45 minutes without a reading, not longer', () => {
    const following = (minute: number) =>
      singleTrace(
        [
          seriesOf(
            [
              [0, 100],
              [minute, 100],
            ],
            1,
          ),
          seriesOf([[10, 150]], 2),
        ],
        always,
      ).mgPerDl;
    expect(following(45)).toEqual([100, 100]);
    expect(following(46)).toEqual([100, 150, 100]);
  });

  it('stays with a sensor at the very instant at which both are read', () => {
    const followed = seriesOf(
      [
        [0, 100],
        [5, 100],
      ],
      2,
    );
    expect(singleTrace([seriesOf([[5, 150]], 1), followed], always).mgPerDl).toEqual([100, 100]);
  });

  it('takes of each of two sensors what lies in the window, its first instant included and its last not', () => {
    const window = { from: dayStart, to: dayStart + 60 * minuteMs };
    const sensor = (deviceKey: number, ...minutes: number[]) =>
      seriesOf(
        minutes.map((minute) => [minute, 100 + minute]),
        deviceKey,
      );
    const minutesOf = (...cgm: GlucoseSeries[]) =>
      singleTrace(cgm, window).measuredAt.map((at) => (at - dayStart) / minuteMs);
    expect(minutesOf(sensor(1, -1, 0, 5), sensor(2, 55, 60))).toEqual([0, 5, 55]);
    expect(minutesOf(sensor(1, 5, 5, 10), sensor(2, 55, 59))).toEqual([5, 10, 55, 59]);
    expect(minutesOf()).toEqual([]);
  });

  it('takes one value an instant and leaves out what lies outside the window', () => {
    const window = { from: dayStart, to: dayStart + 10 * minuteMs };
    const trace = singleTrace(
      [
        seriesOf([
          [-5, 90],
          [0, 100],
          [0, 101],
          [5, 110],
          [10, 120],
        ]),
      ],
      window,
    );
    expect(trace.mgPerDl).toEqual([100, 110]);
  });
});
