// clinical.md §7, the paragraph on lateness, for what a sensor sends late.
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import { evaluateAt, seriesFrom, windowWith } from '../../tests/readings/patient-windows.ts';
import { windowRuleById } from './rule-catalogue.ts';

const rule = windowRuleById('CGM-01')!;
const judge = (samples: readonly Sample[], atMin: number) =>
  evaluateAt(rule, windowWith({ cgm: [seriesFrom(samples)] }), atMin);
const backlog = (values: readonly number[], receivedMin: number, fromMin = 0) =>
  values.map((value, slot) => ({ min: fromMin + slot * 5, value, receivedMin }));

describe('a low that was completed late', () => {
  test('received exactly 30 min after it was measured, it is live', () => {
    expect(judge(backlog([50, 49], 35), 35)).toMatchObject({ severity: 'critical', episodes: [{ fate: 'live' }] });
    expect(judge(backlog([50, 49], 36), 36)).toMatchObject({ severity: 'warning', episodes: [{ fate: 'late' }] });
  });

  test('our own delay never turns a page into a warning: received in time and evaluated hours later, it is live', () => {
    expect(judge(backlog([50, 49], 6), 300)).toMatchObject({ severity: 'critical', episodes: [{ fate: 'live' }] });
  });

  test('not known to be over, it is one warning that says so', () => {
    expect(judge(backlog([50, 49], 180), 180)).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'late_low' },
      episodes: [{ fate: 'late', severity: 'warning' }],
    });
  });

  test('late readings on the recovered side, but for less than 15 min, leave its state unknown', () => {
    expect(judge(backlog([50, 49, 75], 180), 180).verdict).toBe('firing');
  });

  test('one fresh reading on the recovered side says that there is nothing to page for', () => {
    const evaluation = judge([...backlog([50, 49], 180), { min: 178, value: 110 }], 180);
    expect(evaluation).toMatchObject({ verdict: 'clear', explanation: { reason: 'over_before_known' } });
    expect(evaluation.episodes).toMatchObject([{ fate: 'retrospective', severity: 'critical' }]);
  });

  test('a fresh reading between the lines says neither', () => {
    expect(judge([...backlog([50, 49], 180), { min: 178, value: 60 }], 180)).toMatchObject({ severity: 'warning' });
  });

  test('a fresh reading that is still very low makes it live', () => {
    expect(judge([...backlog([50, 49], 180), { min: 178, value: 53 }], 180)).toMatchObject({
      severity: 'critical',
      episodes: [{ fate: 'live' }],
    });
  });

  test('over by late readings alone, it is retrospective', () => {
    expect(judge(backlog([50, 49, 75, 76, 77], 180), 180).episodes).toMatchObject([{ fate: 'retrospective' }]);
  });
});

test('late readings count towards a condition that a fresh one completes', () => {
  expect(judge([...backlog([50], 60, 52), { min: 57, value: 49, receivedMin: 60 }], 60)).toMatchObject({
    severity: 'critical',
    episodes: [{ fate: 'live' }],
  });
  const lateHalf = [
    { min: 0, value: 50, receivedMin: 34 },
    { min: 5, value: 49, receivedMin: 34 },
  ];
  expect(judge(lateHalf, 34)).toMatchObject({ severity: 'critical' });
});
