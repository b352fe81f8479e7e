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
import { createData02SensorFault } from './data-02-sensor-fault.ts';

const rule = createData02SensorFault();
const errorsAt = (minutes: readonly number[], deviceKey = 1) =>
  minutes.map((min) => ({ deviceKey, at: START_AT + min * MINUTE_MS, what: 'error_code' as const }));
const judge = (
  samples: readonly Sample[],
  {
    errors = [],
    cadenceMin = 5,
    atMin = 300,
  }: { errors?: readonly number[]; cadenceMin?: number; atMin?: number } = {},
) =>
  rule.evaluate(
    windowWith({ cgm: [seriesFrom(samples, { cadenceMin })], deviceEvents: errorsAt(errors) }),
    PROFILE,
    START_AT + atMin * MINUTE_MS,
  );
/** Never the same twice, and no jumps. */
const clean = (slots: number, fromMin: number, cadenceMin = 5): Sample[] =>
  Array.from({ length: slots }, (_, slot) => ({ min: fromMin + slot * cadenceMin, value: 110 + (slot % 2) }));
const flat = (slots: number, value: Sample['value'] = 100) => everyMin(5, Array<Sample['value']>(slots).fill(value));

describe('the same value for an hour', () => {
  test('is twelve slots at 5 min, four at 15 min', () => {
    expect(judge(flat(11)).verdict).toBe('clear');
    expect(judge(flat(12))).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'flat_line' },
    });
    expect(judge(everyMin(15, [100, 100, 100]), { cadenceMin: 15 }).verdict).toBe('clear');
    expect(judge(everyMin(15, [100, 100, 100, 100]), { cadenceMin: 15 }).verdict).toBe('firing');
  });

  test('a gap feeds nothing', () => {
    expect(judge([0, 10, 20, 30, 40, 50, 60, 70].map((min) => ({ min, value: 100 }))).verdict).toBe('clear');
  });

  test('another value in between begins it anew; off the scale nothing stands still', () => {
    expect(
      judge([...flat(6), { min: 30, value: 101 }, ...flat(11).map(({ min, value }) => ({ min: 35 + min, value }))])
        .verdict,
    ).toBe('clear');
    expect(judge(flat(15, 'LOW')).verdict).toBe('clear');
  });

  test('in mmol/L it is the value as received', () => {
    const mmol = seriesFrom(flat(12, 6.7), { unit: 'mmol/L' });
    expect(rule.evaluate(windowWith({ cgm: [mmol] }), PROFILE, START_AT + 60 * MINUTE_MS).verdict).toBe('firing');
  });

  test('is over after an hour without a sign', () => {
    expect(judge([...flat(12), ...clean(11, 60)]).verdict).toBe('firing');
    expect(stretchesOf(judge([...flat(12), ...clean(12, 60)]))).toEqual([[0, 60]]);
  });
});

describe('jumps of more than 5 mg/dL/min', () => {
  test('three within an hour; 5 mg/dL/min is no jump', () => {
    const jumpy = (step: number) => everyMin(5, [100, 100 + step, 100, 100 + step]);
    expect(judge(jumpy(26))).toMatchObject({ verdict: 'firing', explanation: { reason: 'jumps' } });
    expect(judge(jumpy(25)).verdict).toBe('clear');
    expect(judge(everyMin(5, [100, 126, 100])).verdict).toBe('clear');
  });

  test('the hour excludes what is exactly an hour old', () => {
    const jump = (min: number): Sample[] => [
      { min: min - 5, value: 100 },
      { min, value: 126 },
      { min: min + 5, value: 120 },
      { min: min + 10, value: 105 },
    ];
    const first = jump(5);
    const second = jump(35);
    expect(judge([...first, ...second, { min: 60, value: 100 }, { min: 64.9, value: 126 }]).verdict).toBe('firing');
    expect(judge([...first, ...second, { min: 60, value: 100 }, { min: 65, value: 126 }]).verdict).toBe('clear');
  });

  test('a jump breaks the clean hour', () => {
    const samples = [...everyMin(5, [100, 126, 100, 126]), ...clean(6, 20), { min: 50, value: 150 }, ...clean(11, 55)];
    expect(judge(samples).verdict).toBe('firing');
  });
});

describe('error codes', () => {
  test('three within an hour, also of a sensor of which no reading is stored', () => {
    expect(judge([], { errors: [0, 10] }).verdict).toBe('clear');
    expect(judge([], { errors: [0, 10, 59.9] })).toMatchObject({
      verdict: 'firing',
      explanation: { reason: 'error_codes' },
    });
    expect(judge([], { errors: [0, 10, 60] }).verdict).toBe('clear');
    expect(judge([]).verdict).toBe('unknown');
  });

  test('of one sensor: those of two aren’t added', () => {
    const window = windowWith({ deviceEvents: [...errorsAt([0, 10], 1), ...errorsAt([20, 30], 2)] });
    expect(rule.evaluate(window, PROFILE, START_AT).verdict).toBe('clear');
  });

  test('a code breaks the clean hour', () => {
    const readings = clean(30, -60);
    expect(judge(readings, { errors: [0, 10, 20], atMin: 90 }).episodes).toHaveLength(1);
    expect(stretchesOf(judge(readings, { errors: [0, 10, 20] }))).toEqual([[0, 20]]);
    expect(judge(readings, { errors: [0, 10, 20, 50] }).verdict).toBe('firing');
  });
});

test('two sensors at fault at once are one episode, over when both are clean', () => {
  const second = seriesFrom(
    [...flat(12), ...clean(12, 60)].map(({ min, value }) => ({ min: min + 30, value })),
    { deviceKey: 2 },
  );
  const window = windowWith({ cgm: [seriesFrom([...flat(12), ...clean(20, 60)]), second] });
  expect(stretchesOf(rule.evaluate(window, PROFILE, START_AT + 300 * MINUTE_MS))).toEqual([[0, 90]]);
});

test('known late it is told as late', () => {
  const late = flat(12).map((sample) => ({ ...sample, receivedMin: 200 }));
  expect(judge(late)).toMatchObject({ verdict: 'firing', explanation: { reason: 'late' } });
});

test('what began within two hours of the window’s start is not judged anew, and ends as it would', () => {
  const window = windowWith({ cgm: [seriesFrom([...flat(12), ...clean(12, 60)])] });
  const at = (from: number) =>
    rule.evaluate({ ...window, from: START_AT + from * MINUTE_MS }, PROFILE, START_AT + 120 * MINUTE_MS).episodes;
  expect(at(-121)).toHaveLength(1);
  expect(at(-60)).toEqual([]);
  expect(rule.findRecovery(window, START_AT + 55 * MINUTE_MS, PROFILE, START_AT)).toBe(START_AT + 60 * MINUTE_MS);
  const short = windowWith({ cgm: [seriesFrom([...flat(12), ...clean(11, 60)])] });
  expect(rule.findRecovery(short, START_AT + 55 * MINUTE_MS, PROFILE, START_AT)).toBeUndefined();
});

test('an ordinary reading asks for nothing; a jump and a value that stands still do', () => {
  const mayStart = (samples: readonly Sample[]) => {
    const series = seriesFrom(samples);
    return rule.mayStart(glucoseArrival(windowWith({ cgm: [series] }), series, 'cgm'));
  };
  expect(mayStart(everyMin(5, [100, 103, 103]))).toBe(false);
  expect(mayStart(everyMin(5, [100, 126]))).toBe(true);
  expect(mayStart(flat(6))).toBe(false);
  expect(mayStart(flat(7))).toBe(true);
});

test('a sign at the instant until which all is settled counts', () => {
  const window = windowWith({ cgm: [seriesFrom(flat(12))] });
  const from = (min: number) =>
    rule.evaluate(window, PROFILE, START_AT + 60 * MINUTE_MS, START_AT + min * MINUTE_MS).episodes;
  expect(from(55)).toHaveLength(1);
  expect(from(55.1)).toEqual([]);
});

describe('one that began before the window', () => {
  const recovery = (parts: Parameters<typeof windowWith>[0]) =>
    rule.findRecovery({ ...windowWith(parts), from: START_AT }, START_AT - MINUTE_MS, PROFILE, START_AT);
  const series = seriesFrom(clean(12, 0));

  test('ends with a clean hour from its first instant on', () => {
    expect(recovery({ cgm: [series] })).toBe(START_AT);
  });

  test('whatever a sensor did that has been silent since', () => {
    const silent = seriesFrom([{ min: 0, value: 100 }], { deviceKey: 2 });
    expect(recovery({ cgm: [series, silent], deviceEvents: errorsAt([0], 3) })).toBe(START_AT);
    const heard = seriesFrom([{ min: 1, value: 100 }], { deviceKey: 2 });
    expect(recovery({ cgm: [series, heard] })).toBeUndefined();
    expect(recovery({ cgm: [series], deviceEvents: errorsAt([1], 3) })).toBeUndefined();
  });
});
