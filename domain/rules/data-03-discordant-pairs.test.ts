import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  everyMin,
  glucoseArrival,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createData03DiscordantPairs } from './data-03-discordant-pairs.ts';

const rule = createData03DiscordantPairs();
/** A steady sensor of two days. */
const STEADY = seriesFrom(everyMin(5, Array<number>(400).fill(100)));
const windowOf = (sticks: readonly Sample[]) =>
  windowWith({ cgm: [STEADY], smbg: [seriesFrom(sticks, { deviceKey: 9 })] });
const judge = (sticks: readonly Sample[]) => rule.evaluate(windowOf(sticks), PROFILE, START_AT + 2000 * MINUTE_MS);
/** 100 against 130 is 23 % off; 100 against 125 is 20 %, which agrees. */
const OFF = 130;
const AGREES = 125;

test('two pairs in a row that disagree are a warning; one is told as too few', () => {
  expect(judge([{ min: 60, value: OFF }])).toMatchObject({
    verdict: 'clear',
    explanation: { reason: 'below_persistence' },
  });
  expect(judge([{ min: 60, value: OFF }]).explanation.readings).toHaveLength(2);
  const twice = judge([
    { min: 60, value: OFF },
    { min: 120, value: OFF },
  ]);
  expect(twice).toMatchObject({ verdict: 'firing', severity: 'warning', explanation: { reason: 'discordant_pairs' } });
  expect(stretchesOf(twice)).toEqual([[60, undefined]]);
  expect(twice.episodes[0]?.evidence).toHaveLength(4);
});

test('rest on each reading once, in time order, also where two fingersticks are compared with one reading of the sensor', () => {
  const { episodes } = judge([
    { min: 61, value: OFF },
    { min: 62, value: OFF },
  ]);
  expect(episodes[0]?.evidence.map(({ kind, measuredAt }) => [kind, (measuredAt - START_AT) / MINUTE_MS])).toEqual([
    ['cgm', 60],
    ['smbg', 61],
    ['smbg', 62],
  ]);
});

test('with one that agrees between them they are not', () => {
  expect(
    judge([
      { min: 60, value: OFF },
      { min: 90, value: AGREES },
      { min: 120, value: OFF },
    ]).verdict,
  ).toBe('clear');
  expect(judge([{ min: 60, value: AGREES }])).toMatchObject({
    verdict: 'clear',
    explanation: { reason: 'in_agreement' },
  });
  expect(judge([])).toMatchObject({ verdict: 'clear', explanation: { reason: 'no_pairs' } });
});

test('within 24 h', () => {
  const apart = (min: number) =>
    judge([
      { min: 60, value: OFF },
      { min: 60 + min, value: OFF },
    ]).verdict;
  expect(apart(1440)).toBe('firing');
  expect(apart(1445)).toBe('clear');
});

test('one that agrees ends it', () => {
  const sticks = [
    { min: 60, value: OFF },
    { min: 120, value: OFF },
    { min: 180, value: AGREES },
  ];
  expect(stretchesOf(judge(sticks))).toEqual([[60, 180]]);
  expect(rule.findRecovery(windowOf(sticks), START_AT + 120 * MINUTE_MS, PROFILE, START_AT)).toBe(
    START_AT + 180 * MINUTE_MS,
  );
  expect(rule.findRecovery(windowOf(sticks), START_AT + 180 * MINUTE_MS, PROFILE, START_AT)).toBeUndefined();
});

test('each sensor is judged by itself', () => {
  const other = seriesFrom(everyMin(5, Array<number>(400).fill(128)), { deviceKey: 2 });
  const window = {
    ...windowOf([
      { min: 60, value: OFF },
      { min: 120, value: OFF },
    ]),
    cgm: [STEADY, other],
  };
  expect(rule.evaluate(window, PROFILE, START_AT).verdict).toBe('firing');
});

test('known late it is told as late', () => {
  const late = [
    { min: 60, value: OFF, receivedMin: 160 },
    { min: 120, value: OFF, receivedMin: 160 },
  ];
  expect(judge(late)).toMatchObject({ verdict: 'firing', explanation: { reason: 'late' } });
});

test('pairs at the window’s start are not judged anew', () => {
  const window = windowOf([
    { min: 60, value: OFF },
    { min: 120, value: OFF },
  ]);
  const from = (min: number) =>
    rule.evaluate({ ...window, from: START_AT + min * MINUTE_MS }, PROFILE, START_AT).episodes;
  expect(from(40)).toHaveLength(1);
  expect(from(40.1)).toEqual([]);
});

describe('is asked', () => {
  const withStick = (min: number) => {
    const window = windowOf([{ min, value: OFF }]);
    return rule.mayStart(glucoseArrival(window, STEADY, 'cgm'));
  };

  test('by a reading of the sensor with a fingerstick within 5 min, not by others', () => {
    expect(withStick(1990)).toBe(true);
    expect(withStick(1989.9)).toBe(false);
  });

  test('by a fingerstick with a reading of the sensor within 5 min', () => {
    const window = windowOf([{ min: 2000, value: OFF }]);
    expect(rule.mayStart(glucoseArrival(window, window.smbg[0]!, 'smbg'))).toBe(true);
    const lonely = windowOf([{ min: 2000.1, value: OFF }]);
    expect(rule.mayStart(glucoseArrival(lonely, lonely.smbg[0]!, 'smbg'))).toBe(false);
  });
});
