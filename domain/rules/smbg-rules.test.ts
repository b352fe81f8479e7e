// SMBG-01 and SMBG-03: one fingerstick fires, one ends.
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import { evaluateAt, seriesFrom, stretchesOf, windowWith } from '../../tests/readings/patient-windows.ts';
import { windowRuleById } from './rule-catalogue.ts';

const low = windowRuleById('SMBG-01')!;
const high = windowRuleById('SMBG-03')!;
const judge = (rule: typeof low, samples: readonly Sample[], unit: 'mg/dL' | 'mmol/L', atMin = samples.at(-1)!.min) =>
  evaluateAt(rule, windowWith({ smbg: [seriesFrom(samples, { unit })] }), atMin);
const verdictOf = (rule: typeof low, value: Sample['value'], unit: 'mg/dL' | 'mmol/L') =>
  judge(rule, [{ min: 0, value }], unit).verdict;

describe('the lines', () => {
  test('SMBG-01: below 3.0 mmol/L, below 54 mg/dL, or LO', () => {
    expect(verdictOf(low, 2.9, 'mmol/L')).toBe('firing');
    expect(verdictOf(low, 3, 'mmol/L')).toBe('clear');
    expect(verdictOf(low, 53, 'mg/dL')).toBe('firing');
    expect(verdictOf(low, 54, 'mg/dL')).toBe('clear');
    expect(verdictOf(low, 'LOW', 'mmol/L')).toBe('firing');
    expect(verdictOf(low, 'HIGH', 'mmol/L')).toBe('clear');
  });

  test('SMBG-03: from 16.7 mmol/L or 301 mg/dL on, both included, or HI', () => {
    expect(verdictOf(high, 16.7, 'mmol/L')).toBe('firing');
    expect(verdictOf(high, 16.6, 'mmol/L')).toBe('clear');
    expect(verdictOf(high, 301, 'mg/dL')).toBe('firing');
    expect(verdictOf(high, 300, 'mg/dL')).toBe('clear');
    expect(verdictOf(high, 'HIGH', 'mg/dL')).toBe('firing');
    expect(verdictOf(high, 'LOW', 'mmol/L')).toBe('clear');
  });
});

describe('the end', () => {
  test('SMBG-01 is over with one fingerstick at 3.9 mmol/L, not with one at 3.8', () => {
    const at = (value: number) =>
      judge(
        low,
        [
          { min: 0, value: 2.5 },
          { min: 15, value },
        ],
        'mmol/L',
      );
    expect(at(3.8).verdict).toBe('firing');
    expect(stretchesOf(at(3.9))).toEqual([[0, 15]]);
  });

  test('SMBG-03 is over below 13.9 mmol/L, not at it; 250 mg/dL is 13.88 mmol/L, 251 is 13.93', () => {
    const verdictAt = (first: number, value: Sample['value'], unit: 'mg/dL' | 'mmol/L') =>
      judge(
        high,
        [
          { min: 0, value: first },
          { min: 60, value },
        ],
        unit,
      ).verdict;
    expect(verdictAt(17, 13.9, 'mmol/L')).toBe('firing');
    expect(verdictAt(17, 13.8, 'mmol/L')).toBe('clear');
    expect(verdictAt(310, 251, 'mg/dL')).toBe('firing');
    expect(verdictAt(310, 250, 'mg/dL')).toBe('clear');
    expect(verdictAt(310, 'HIGH', 'mg/dL')).toBe('firing');
    expect(verdictAt(310, 'LOW', 'mg/dL')).toBe('clear');
  });

  test('another meter can end it', () => {
    const first = seriesFrom([{ min: 0, value: 40 }], { deviceKey: 1 });
    const second = seriesFrom([{ min: 10, value: 90 }], { deviceKey: 2 });
    expect(evaluateAt(low, windowWith({ smbg: [first, second] }), 10).verdict).toBe('clear');
  });
});

describe('later fingersticks at the line', () => {
  test('within 12 h of the one before belong to the same episode', () => {
    const samples = [0, 700, 1400].map((min) => ({ min, value: 45 }));
    expect(stretchesOf(judge(low, samples, 'mg/dL'))).toEqual([[0, undefined]]);
  });

  test('later than that are another', () => {
    const samples = [0, 721].map((min) => ({ min, value: 45 }));
    expect(stretchesOf(judge(low, samples, 'mg/dL'))).toEqual([
      [0, 721],
      [721, undefined],
    ]);
  });
});

describe('lateness', () => {
  const late = { min: 0, value: 45, receivedMin: 40 };

  test('up to 12 h old it is a warning, after that it is listed only', () => {
    expect(judge(low, [late], 'mg/dL', 720)).toMatchObject({ verdict: 'firing', severity: 'warning' });
    expect(judge(low, [late], 'mg/dL', 721)).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'too_old' },
      episodes: [{ fate: 'retrospective' }],
    });
  });

  test('over by a later fingerstick it is listed only', () => {
    const { episodes } = judge(low, [late, { min: 30, value: 100, receivedMin: 40 }], 'mg/dL', 40);
    expect(episodes).toMatchObject([{ fate: 'retrospective' }]);
  });
});
