import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  everyMin,
  glucoseArrival,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createCgm03PredictedLow } from './cgm-03-predicted-low.ts';

const rule = createCgm03PredictedLow();
const judge = (samples: readonly Sample[], atMin: number, sticks: readonly Sample[] = []) =>
  evaluateAt(
    rule,
    windowWith({
      cgm: [seriesFrom(samples)],
      ...(sticks.length > 0 && { smbg: [seriesFrom(sticks, { deviceKey: 9 })] }),
    }),
    atMin,
  );

describe('what it predicts', () => {
  test('55 mg/dL in 20 min fires, 56 doesn’t', () => {
    expect(transitionsOf(rule, everyMin(5, [115, 105, 95]))).toEqual([[10, 'open']]);
    expect(transitionsOf(rule, everyMin(5, [116, 106, 96]))).toEqual([]);
  });

  test('the same in mmol/L', () => {
    const mmol = (values: number[]) =>
      everyMin(
        5,
        values.map((value) => value / 18.01559),
      );
    expect(transitionsOf(rule, mmol([115, 105, 95]), { unit: 'mmol/L' })).toEqual([[10, 'open']]);
    expect(transitionsOf(rule, mmol([115.1, 105.1, 95.1]), { unit: 'mmol/L' })).toEqual([]);
  });

  test('a steady or rising value predicts nothing, however low', () => {
    expect(transitionsOf(rule, everyMin(5, [55, 55, 55]))).toEqual([]);
    expect(transitionsOf(rule, everyMin(5, [53, 54, 55]))).toEqual([]);
  });

  test('two readings have no slope, and a 15-minute sensor never has one', () => {
    expect(judge(everyMin(5, [115, 95]), 5)).toMatchObject({
      verdict: 'unknown',
      explanation: { reason: 'not_enough_data' },
    });
    expect(transitionsOf(rule, everyMin(15, [160, 130, 100, 75]), { cadenceMin: 15 })).toEqual([]);
    expect(judge([], 0)).toMatchObject({ verdict: 'unknown', explanation: { reason: 'no_readings' } });
  });
});

test('at a standstill nothing is predicted, whatever else is open', () => {
  const series = seriesFrom(everyMin(5, [55, 55, 55]));
  expect(rule.mayStart(glucoseArrival(windowWith({ cgm: [series] }), series, 'cgm'))).toBe(false);
});

describe('when it is over', () => {
  test('with a prediction above 70, not at 70', () => {
    const falling = everyMin(5, [115, 105, 95]);
    // Slopes over four readings; the last values are chosen so that the prediction is exact.
    const level = [...falling, { min: 30, value: 75 }, { min: 35, value: 75 }, { min: 40, value: 75 }];
    expect(stretchesOf(judge(level, 40))).toEqual([[10, 40]]);
    const at70 = [...falling, { min: 30, value: 70 }, { min: 35, value: 70 }, { min: 40, value: 70 }];
    expect(stretchesOf(judge(at70, 40))).toEqual([[10, undefined]]);
  });

  test('where CGM-01 or CGM-02 says more, and it doesn’t begin while they are open', () => {
    const veryLow = everyMin(5, [115, 105, 95, 52, 51, 50]);
    expect(stretchesOf(judge(veryLow, 25))).toEqual([[10, 20]]);
    expect(stretchesOf(judge(veryLow.slice(0, -1), 20))).toEqual([[10, 20]]);
    const low = everyMin(5, [115, 105, 95, 69, 68, 67, 66]);
    expect(stretchesOf(judge(low, 30))).toEqual([[10, 25]]);
  });

  test('which then says why: not recovered while glucose falls on', () => {
    const explained = (values: number[]) => judge(everyMin(5, values), 5 * (values.length - 1)).explanation;
    expect(explained([80, 72, 64, 60, 56])).toMatchObject({ reason: 'inhibited', inhibitedBy: 'CGM-02' });
    expect(explained([80, 72, 64, 58, 53, 50])).toMatchObject({ reason: 'inhibited', inhibitedBy: 'CGM-02' });
    expect(explained([80, 66, 53, 50])).toMatchObject({ reason: 'inhibited', inhibitedBy: 'CGM-01' });
    expect(explained([80, 72, 64, 60, 60, 62, 64])).toMatchObject({ reason: 'recovered' });
  });

  test('it doesn’t begin with the reading that completes CGM-02, and may with the one that ends it', () => {
    expect(judge(everyMin(5, [69, 65, 60]), 10).episodes).toEqual([]);
    const rebound = [
      ...everyMin(5, [69, 69, 69]),
      { min: 20, value: 150 },
      { min: 25, value: 130 },
      { min: 30, value: 105 },
    ];
    expect(stretchesOf(judge(rebound, 30))).toEqual([[30, undefined]]);
  });

  test('until then each prediction in time is news of it', () => {
    expect(judge(everyMin(5, [115, 105, 95, 85]), 15).episodes).toMatchObject([{ freshAt: START_AT + 15 * MINUTE_MS }]);
  });

  test('silence ends nothing', () => {
    expect(judge(everyMin(5, [115, 105, 95]), 600)).toMatchObject({ verdict: 'firing', severity: 'warning' });
  });
});

test('it is for the patient first, and for the team when it has lasted as long as it looks ahead', () => {
  const falling = everyMin(5, [115, 105, 95]);
  expect(judge(falling, 29.9)).toMatchObject({ explanation: { reason: 'low_predicted', stage: 1 } });
  expect(judge(falling, 30)).toMatchObject({ explanation: { stage: 2 } });
  expect(judge(falling, 29.9).nextDeadlineAt).toBe(START_AT + 30 * MINUTE_MS);
  expect(judge(falling, 30).nextDeadlineAt).toBeUndefined();
  expect(rule.stages?.map(({ audience }) => audience)).toEqual(['patient', 'team']);
});

test('completed late it is a warning that says so', () => {
  const late = everyMin(5, [115, 105, 95]).map((sample) => ({ ...sample, receivedMin: 60 }));
  expect(judge(late, 60)).toMatchObject({ verdict: 'firing', episodes: [{ fate: 'late' }] });
});

describe('a fingerstick that agrees with the sensor', () => {
  const trace = [...everyMin(5, [96, 96, 96, 96]), { min: 20, value: 80 }, { min: 25, value: 70 }];

  test('puts it off for 30 min', () => {
    expect(judge(trace, 25).verdict).toBe('firing');
    expect(judge(trace, 25, [{ min: 15, value: 100 }])).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'inhibited', inhibitedBy: 'fingerstick' },
    });
  });

  test('but not where it disagrees, is low itself, or is older than that', () => {
    expect(judge(trace, 25, [{ min: 15, value: 140 }]).verdict).toBe('firing');
    expect(judge(trace, 25, [{ min: 15, value: 69 }]).verdict).toBe('firing');
    const later = [
      ...everyMin(5, [96, 96, 96, 96, 96, 96, 96, 96, 96]),
      { min: 45, value: 80 },
      { min: 50, value: 70 },
    ];
    expect(judge(later, 50, [{ min: 15, value: 100 }]).verdict).toBe('firing');
  });
});

describe('one that began before the window', () => {
  const recovery = (samples: readonly Sample[]) =>
    rule.findRecovery(windowWith({ cgm: [seriesFrom(samples)] }), START_AT - MINUTE_MS, PROFILE, START_AT);

  test('ends with a prediction above 70, or where CGM-01 says more', () => {
    expect(recovery(everyMin(5, [100, 100, 100]))).toBe(START_AT + 10 * MINUTE_MS);
    expect(recovery(everyMin(5, [53, 52]))).toBe(START_AT + 5 * MINUTE_MS);
    expect(recovery(everyMin(5, [100, 100]))).toBeUndefined();
    expect(recovery(everyMin(5, [125, 105, 85]))).toBeUndefined();
    expect(rule.findRecovery(windowWith({}), START_AT, PROFILE, START_AT)).toBeUndefined();
  });
});
