import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  glucoseArrival,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm09CompressionLow } from './cgm-09-compression-low.ts';

const rule = createCgm09CompressionLow();
/** START_AT is 08:00 local: 02:00 lies six hours before it, the window begins 24 h before it. */
const AT_2_OCLOCK = -360;
const night = (values: readonly number[], fromMin = AT_2_OCLOCK): Sample[] =>
  values.map((value, slot) => ({ min: fromMin + slot * 5, value }));
const judge = (samples: readonly Sample[], atMin = samples.at(-1)!.min) =>
  evaluateAt(rule, windowWith({ cgm: [seriesFrom(samples)] }), atMin);
const COMPRESSED = [100, 100, 60, 58, 58, 60, 100];

test('a sudden low at night that is gone as suddenly gets a label, an info, when it is gone', () => {
  const evaluation = judge(night(COMPRESSED));
  expect(evaluation).toMatchObject({ verdict: 'firing', severity: 'info', explanation: { reason: 'compression_low' } });
  expect(evaluation.episodes[0]?.evidence).toHaveLength(6);
  expect(judge(night(COMPRESSED.slice(0, -1)))).toMatchObject({ verdict: 'clear', episodes: [] });
});

test('what glucose comes back to is part of the low where it lies below 70 mg/dL itself', () => {
  expect(judge(night([82, 82, 54, 54, 68]))).toMatchObject({ verdict: 'firing' });
  expect(judge(night([82, 82, 54, 54, 70]))).toMatchObject({ verdict: 'clear', episodes: [] });
});

test('the label stays for 24 h', () => {
  const returnedMin = AT_2_OCLOCK + 30;
  expect(judge(night(COMPRESSED), returnedMin + 24 * 60 - 1).verdict).toBe('firing');
  const over = judge(night(COMPRESSED), returnedMin + 24 * 60);
  expect(over.verdict).toBe('clear');
  expect(stretchesOf(over)).toEqual([[AT_2_OCLOCK + 10, returnedMin + 24 * 60]]);
});

test('it says when it is over by itself', () => {
  const { nextDeadlineAt, episodes } = judge(night(COMPRESSED));
  expect(nextDeadlineAt).toBe(episodes[0]!.completedAt + 24 * 3_600_000);
  expect(judge(night(COMPRESSED), AT_2_OCLOCK + 30 + 24 * 60).nextDeadlineAt).toBeUndefined();
});

test('two in a night are one label, as long as the later one', () => {
  const twice = [...night(COMPRESSED), ...night(COMPRESSED, AT_2_OCLOCK + 120)];
  expect(stretchesOf(judge(twice))).toEqual([[AT_2_OCLOCK + 10, undefined]]);
});

describe('no label', () => {
  test('without an event of 15 min below 70', () => {
    expect(judge(night([100, 100, 60, 60, 100])).episodes).toEqual([]);
    expect(judge(night([100, 100, 60, 60, 60, 100])).episodes).toHaveLength(1);
  });

  test('in the daytime', () => {
    expect(judge(night(COMPRESSED, 60)).episodes).toEqual([]);
  });

  test('where the fall is slow or glucose doesn’t come back', () => {
    expect(judge(night([100, 95, 90, 85, 80, 75, 69, 69, 69, 100])).episodes).toEqual([]);
    expect(judge(night([100, 100, 60, 58, 58, 60, 84])).episodes).toEqual([]);
    expect(judge(night([100, 100, 60, 58, 58, 60, 85])).episodes).toHaveLength(1);
  });
});

test('known late it is told as late', () => {
  const late = night(COMPRESSED).map((sample) => ({ ...sample, receivedMin: -200 }));
  expect(judge(late, -200)).toMatchObject({ verdict: 'firing', severity: 'info', explanation: { reason: 'late' } });
});

test('belongs to no alert about a low', () => {
  expect(rule).toMatchObject({ condition: 'glucose', direction: 'none' });
  expect(judge([], 0)).toMatchObject({ verdict: 'unknown' });
});

test('one that began before the window ends a day after glucose had come back', () => {
  const window = windowWith({ cgm: [seriesFrom([{ min: 0, value: 120 }])] });
  const at = (min: number) => window.from + min * 60_000;
  const profile = { timeZone: 'Asia/Shanghai', registeredAt: 0, treatments: [], cgmPeriods: [], symptoms: [] };
  const completedAt = at(-60);
  expect(rule.findRecovery(window, completedAt, profile, completedAt + 24 * 3_600_000 - 1)).toBeUndefined();
  expect(rule.findRecovery(window, completedAt, profile, completedAt + 24 * 3_600_000)).toBe(
    completedAt + 24 * 3_600_000,
  );
});

test('what began within 75 min of the window’s start is not judged anew', () => {
  const window = windowWith({ cgm: [seriesFrom(night(COMPRESSED))] });
  const lowAt = START_AT + (AT_2_OCLOCK + 10) * MINUTE_MS;
  const from = (min: number) => rule.evaluate({ ...window, from: lowAt - min * MINUTE_MS }, PROFILE, START_AT).episodes;
  expect(from(75)).toHaveLength(1);
  expect(from(74.9)).toEqual([]);
});

test('a label that begins as the former’s day is over is another', () => {
  const window = windowWith({ cgm: [seriesFrom(night(COMPRESSED))] });
  const lowAt = START_AT + (AT_2_OCLOCK + 10) * MINUTE_MS;
  const day = 24 * 3_600_000;
  const later = lowAt + 3 * day;
  expect(rule.findRecovery(window, lowAt - day, PROFILE, later)).toBe(lowAt);
  expect(rule.findRecovery(window, lowAt - day + 1, PROFILE, later)).toBe(lowAt + 20 * MINUTE_MS + day);
});

test('is asked only by what comes within an hour of a low', () => {
  const mayStart = (min: number) => {
    const series = seriesFrom([
      { min: 0, value: 69 },
      { min, value: 100 },
    ]);
    return rule.mayStart(glucoseArrival(windowWith({ cgm: [series] }), series, 'cgm'));
  };
  expect(mayStart(60)).toBe(true);
  expect(mayStart(60.1)).toBe(false);
});
