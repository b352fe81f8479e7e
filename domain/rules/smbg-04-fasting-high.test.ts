import { describe, expect, test } from 'vitest';
import {
  SHANGHAI as cal,
  daysOf,
  endless,
  type Fingerstick,
  fingersticks,
  profileOf,
} from '../../tests/readings/patient-histories.ts';
import { packMeta } from '../glucose-series.ts';
import { createSmbg04FastingHigh } from './smbg-04-fasting-high.ts';

const rule = createSmbg04FastingHigh();
const profile = profileOf(cal);
const judge = (sticks: readonly Fingerstick[], now: number, by = rule) =>
  by.evaluate(endless(cal, { smbg: [fingersticks(cal, sticks)] }), profile, now);
const fasting = (day: number, value: number, parts: Partial<Fingerstick> = {}): Fingerstick => ({
  day,
  value,
  context: 'fasting',
  ...parts,
});

describe('SMBG-04: fasting glucose above target', () => {
  test('7.0 on three of five fasting days is a warning with the third reading', () => {
    const sticks = [fasting(0, 7.0), fasting(1, 6.9), fasting(2, 7.0), fasting(3, 6.9), fasting(4, 7.0)];
    expect(judge(sticks.slice(0, 4), cal.at(4))).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'not_beyond_line' },
    });
    const { verdict, severity, explanation, episodes } = judge(sticks, cal.at(4, 7));
    expect([verdict, severity, explanation.reason]).toEqual(['firing', 'warning', 'fasting_high_on_days']);
    expect(episodes).toMatchObject([{ startAt: cal.at(4, 7) }]);
    expect(episodes[0]!.evidence.map(({ measuredAt }) => measuredAt)).toEqual([0, 2, 4].map((day) => cal.at(day, 7)));
  });

  test('a meter in mg/dL is high from 126 on', () => {
    const verdict = (value: number) =>
      judge(
        [0, 1, 2].map((day) => fasting(day, value, { unit: 'mg/dL' })),
        cal.at(3),
      ).verdict;
    expect([verdict(125), verdict(126)]).toEqual(['clear', 'firing']);
  });

  test('the sixth fasting day back doesn’t count; days without fasting readings between do not matter', () => {
    const calm = [1, 2, 3].map((day) => fasting(day, 5));
    expect(judge([fasting(0, 8), ...calm, fasting(4, 8), fasting(10, 8)], cal.at(11)).verdict).toBe('clear');
    expect(judge([fasting(0, 8), ...calm.slice(1), fasting(4, 8), fasting(10, 8)], cal.at(11)).verdict).toBe('firing');
  });

  test('fasting days of more than four weeks ago don’t count', () => {
    expect(judge([fasting(0, 8), fasting(1, 8), fasting(27, 8)], cal.at(28)).verdict).toBe('firing');
    expect(judge([fasting(0, 8), fasting(1, 8), fasting(28, 8)], cal.at(28, 8)).verdict).toBe('unknown');
  });

  test('only readings tagged as fasting count', () => {
    expect(
      judge(
        [0, 1, 2].map((day) => fasting(day, 12, { context: 'after_meal' })),
        cal.at(3),
      ),
    ).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_enough_data' },
    });
    expect(
      judge(
        [0, 1, 2].map((day) => ({ day, value: 12 })),
        cal.at(3),
      ).verdict,
    ).toBe('unknown');
  });

  test('a day is high if one of its fasting readings is, and counts once', () => {
    const twice = [fasting(0, 6), fasting(0, 8, { min: 30 }), fasting(0, 9, { min: 40 }), fasting(1, 8)];
    expect(judge(twice, cal.at(2)).verdict).toBe('unknown');
    expect(judge([...twice, fasting(2, 8)], cal.at(3)).verdict).toBe('firing');
  });

  test('it ends when the third fasting day below in a row, since it began, is over', () => {
    const high = [0, 1, 2].map((day) => fasting(day, 8));
    const below = [3, 5, 6].map((day) => fasting(day, 6.9));
    expect(daysOf(cal, judge([...high, ...below], cal.at(6, 23)))).toEqual([[2.292, undefined]]);
    expect(daysOf(cal, judge([...high, ...below], cal.at(7)))).toEqual([[2.292, 7]]);
    const interrupted = [fasting(3, 6.9), fasting(4, 6.9), fasting(5, 7.0), fasting(6, 6.9), fasting(7, 6.9)];
    expect(daysOf(cal, judge([...high, ...interrupted], cal.at(8)))).toEqual([[2.292, undefined]]);
  });

  test('what was high before the end begins no other episode', () => {
    const sticks = [0, 1, 2].map((day) => fasting(day, 8)).concat([3, 4, 5].map((day) => fasting(day, 5)));
    expect(daysOf(cal, judge([...sticks, fasting(6, 8), fasting(7, 8)], cal.at(8)))).toEqual([[2.292, 6]]);
    expect(daysOf(cal, judge([...sticks, fasting(6, 8), fasting(7, 8), fasting(8, 8)], cal.at(9)))).toHaveLength(2);
  });

  test('a patient’s own target is judged by and told', () => {
    const own = createSmbg04FastingHigh(undefined, { fastingFrom: { value: 8.0, unit: 'mmol/L' } });
    const sticks = (value: number) => [0, 1, 2].map((day) => fasting(day, value));
    expect(judge(sticks(7.9), cal.at(3), own).verdict).toBe('clear');
    expect(judge(sticks(8.0), cal.at(3), own)).toMatchObject({
      verdict: 'firing',
      explanation: { thresholds: { fastingFrom: { mmolPerL: 8, origin: 'patient' } } },
    });
  });

  test('no fingersticks at all: nothing is known', () => {
    const nothing = rule.evaluate(endless(cal, {}), profile, cal.at(3));
    expect(nothing).toMatchObject({ verdict: 'unknown', episodes: [] });
  });

  test('only a high fasting reading may start it', () => {
    const meta = (context: 'fasting' | 'random') => packMeta({ unit: 'mmol/L', context, late: false });
    expect(rule.mayStart!('smbg', 7.0, meta('fasting'))).toBe(true);
    expect(rule.mayStart!('smbg', 6.9, meta('fasting'))).toBe(false);
    expect(rule.mayStart!('smbg', 9, meta('random'))).toBe(false);
    expect(rule.mayStart!('cgm', 9, meta('fasting'))).toBe(false);
  });
});
