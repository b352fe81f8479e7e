import { expect, test } from 'vitest';
import {
  evaluateAt,
  everyMin,
  seriesFrom,
  stretchesOf,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm04ExtendedLow } from './cgm-04-extended-low.ts';

const rule = createCgm04ExtendedLow();
const low = (slots: number, value = 69) => Array<number>(slots).fill(value);

test('more than 120 min are 25 slots at 5 min and 9 at 15 min', () => {
  expect(transitionsOf(rule, everyMin(5, low(24)))).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, low(25)))).toEqual([[120, 'open']]);
  expect(transitionsOf(rule, everyMin(15, low(8)), { cadenceMin: 15 })).toEqual([]);
  expect(transitionsOf(rule, everyMin(15, low(9)), { cadenceMin: 15 })).toEqual([[120, 'open']]);
});

test('a sensor that has told nothing says nothing', () => {
  expect(evaluateAt(rule, windowWith({ cgm: [seriesFrom([])] }), 0)).toMatchObject({
    verdict: 'unknown',
    explanation: { reason: 'no_readings' },
  });
});

test('70 mg/dL and 3.9 mmol/L are no lows', () => {
  expect(transitionsOf(rule, everyMin(5, low(30, 70)))).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, low(25, 3.9)), { unit: 'mmol/L' })).toEqual([]);
  expect(transitionsOf(rule, everyMin(5, low(25, 3.8)), { unit: 'mmol/L' })).toEqual([[120, 'open']]);
});

test('is critical, whoever the patient is, and over after 15 min at 70 or more', () => {
  const window = windowWith({ cgm: [seriesFrom(everyMin(5, [...low(25), 70, 70, 70]))] });
  expect(stretchesOf(evaluateAt(rule, window, 135))).toEqual([[0, 125]]);
  const open = windowWith({ cgm: [seriesFrom(everyMin(5, [...low(25), 70, 70]))] });
  expect(evaluateAt(rule, open, 130)).toMatchObject({ verdict: 'firing', severity: 'critical' });
});

test('one reading in range begins the count anew, and 24 slots are told as too few', () => {
  const values = [...low(20), 70, ...low(24)];
  const { verdict, explanation } = evaluateAt(rule, windowWith({ cgm: [seriesFrom(everyMin(5, values))] }), 220);
  expect(verdict).toBe('clear');
  expect(explanation).toMatchObject({ reason: 'below_persistence' });
  expect(explanation.readings).toHaveLength(12);
});
