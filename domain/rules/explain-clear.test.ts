// "Why was there no alert at 03:10?"
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  everyMin,
  MINUTE_MS,
  START_AT,
  seriesFrom,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm01VeryLow } from './cgm-01-very-low.ts';
import { createCgm02Low } from './cgm-02-low.ts';
import { createCgm05ExtendedHigh } from './cgm-05-extended-high.ts';

const explain = (
  rule: ReturnType<typeof createCgm02Low>,
  samples: readonly Sample[],
  sticks: readonly Sample[] = [],
) => {
  const window = windowWith({ cgm: [seriesFrom(samples)], smbg: [seriesFrom(sticks, { deviceKey: 9 })] });
  const { verdict, explanation } = evaluateAt(rule, window, samples.at(-1)!.min);
  expect(verdict).toBe('clear');
  const { reason, readings, inhibitedBy } = explanation;
  return { reason, inhibitedBy, minutes: readings?.map(({ measuredAt }) => (measuredAt - START_AT) / MINUTE_MS) };
};
const at = (value: number, ...minutes: number[]): Sample[] => minutes.map((min) => ({ min, value }));

describe('a low that did not last', () => {
  test('is below persistence, with the run that came closest', () => {
    expect(explain(createCgm02Low(), everyMin(5, [69, 75, 68, 67, 75, 69, 80]))).toMatchObject({
      reason: 'below_persistence',
      minutes: [10, 15],
    });
  });

  test('of two equally close the newer', () => {
    expect(explain(createCgm02Low(), everyMin(5, [69, 68, 75, 67, 66, 80])).minutes).toEqual([15, 20]);
  });

  test('would have been long enough but for a gap', () => {
    expect(explain(createCgm02Low(), at(69, 0, 10))).toMatchObject({ reason: 'gap', minutes: [0, 10] });
    expect(explain(createCgm02Low(), at(69, 0, 30))).toMatchObject({ reason: 'gap', minutes: [0, 30] });
    expect(explain(createCgm02Low(), at(69, 0, 5))).toMatchObject({ reason: 'below_persistence' });
    expect(explain(createCgm01VeryLow(), at(53, 0, 11))).toMatchObject({ reason: 'gap', minutes: [0, 11] });
    expect(explain(createCgm01VeryLow(), at(53, 0))).toMatchObject({ reason: 'below_persistence', minutes: [0] });
  });

  test('two hours ago is history', () => {
    expect(explain(createCgm02Low(), [...at(69, 0), ...at(100, 120)]).reason).toBe('below_persistence');
    expect(explain(createCgm02Low(), [...at(69, 0), ...at(100, 120.1)]).reason).toBe('not_beyond_line');
  });

  test('a sensor that has told nothing yet changes nothing of that', () => {
    const cgm = [seriesFrom([...at(69, 0), ...at(100, 120.1)]), seriesFrom([], { deviceKey: 2 })];
    expect(evaluateAt(createCgm02Low(), windowWith({ cgm }), 121).explanation.reason).toBe('not_beyond_line');
  });

  test('after an episode is told for itself', () => {
    const recovered = [...at(69, 0, 5, 10), ...at(100, 15, 20, 25)];
    expect(explain(createCgm02Low(), recovered).reason).toBe('recovered');
    expect(explain(createCgm02Low(), [...recovered, ...at(69, 30)])).toMatchObject({
      reason: 'below_persistence',
      minutes: [30],
    });
  });

  test('never was', () => {
    expect(explain(createCgm02Low(), at(100, 0))).toEqual({
      reason: 'not_beyond_line',
      inhibitedBy: undefined,
      minutes: undefined,
    });
  });
});

test('a fingerstick spoke for the sensor', () => {
  const samples = [...at(72, 0, 5, 10), ...at(69, 15, 20, 25)];
  expect(explain(createCgm02Low(), samples, at(75, 10))).toMatchObject({
    reason: 'inhibited',
    inhibitedBy: 'fingerstick',
    minutes: [15, 20, 25],
  });
  expect(explain(createCgm02Low(), samples, at(75, 25)).reason).toBe('inhibited');
  const silencedUntil = (slots: number) => {
    const low = Array.from({ length: slots }, (_, slot) => 15 + slot * 5);
    const window = windowWith({
      cgm: [seriesFrom([...at(72, 0, 5, 10), ...at(69, ...low)])],
      smbg: [seriesFrom(at(75, 10), { deviceKey: 9 })],
    });
    return evaluateAt(createCgm02Low(), window, low.at(-1)!).verdict;
  };
  expect(silencedUntil(5)).toBe('clear');
  expect(silencedUntil(6)).toBe('firing');
});

describe('most of two hours above the line', () => {
  const high = (count: number, value = 260) => Array<number>(count).fill(value);

  test('but not enough of them', () => {
    const { reason, minutes } = explain(createCgm05ExtendedHigh(), everyMin(5, [...high(17), 240]));
    expect(reason).toBe('below_persistence');
    expect(minutes).toHaveLength(12);
  });

  test('with others between them that say otherwise', () => {
    const samples = everyMin(5, [...high(9), 240, 240, 240, ...high(8)]);
    expect(explain(createCgm05ExtendedHigh(), samples).reason).toBe('below_persistence');
  });

  test('but for slots without a reading', () => {
    const wide = [...at(260, ...high(16).map((_, slot) => slot * 5)), ...at(260, 85)];
    expect(explain(createCgm05ExtendedHigh(), wide).reason).toBe('gap');
  });

  test('the last of them suspect', () => {
    const samples = everyMin(5, high(18)).map((sample, slot) => (slot === 17 ? { ...sample, suspect: true } : sample));
    expect(explain(createCgm05ExtendedHigh(), samples).reason).toBe('suspect_reading');
  });
});
