import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  MINUTE_MS,
  PROFILE,
  pressureReading,
  START_AT,
  seriesFrom,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import type { DeviceEventKind } from '../device-event.ts';
import { META } from '../glucose-series.ts';
import { createData04DeviceClock } from './data-04-device-clock.ts';

const rule = createData04DeviceClock();
const told = (min: number, what: DeviceEventKind = 'clock_ahead', deviceKey = 1) => ({
  deviceKey,
  at: START_AT + min * MINUTE_MS,
  what,
});
const judge = (events: ReturnType<typeof told>[], samples: readonly Sample[] = [], parts = {}) =>
  rule.evaluate(windowWith({ deviceEvents: events, cgm: [seriesFrom(samples)], ...parts }), PROFILE, START_AT + 9e6);

test('a clock ahead and an old upload are told; error codes are for DATA-02', () => {
  expect(judge([told(0)])).toMatchObject({
    verdict: 'firing',
    severity: 'info',
    explanation: { reason: 'clock_ahead' },
  });
  expect(judge([told(0, 'stale_upload')])).toMatchObject({
    verdict: 'firing',
    explanation: { reason: 'stale_upload' },
  });
  expect(judge([told(0, 'error_code')])).toMatchObject({ verdict: 'clear', explanation: { reason: 'in_tolerance' } });
  expect(judge([])).toMatchObject({ verdict: 'clear' });
});

describe('is over with a reading in tolerance', () => {
  const one = (min: number, more: Partial<Sample> = {}) => [{ min, value: 110, ...more }];

  test('after it, of the same device', () => {
    expect(stretchesOf(judge([told(0)], one(10)))).toEqual([[0, 10]]);
    expect(judge([told(0)], one(-10)).verdict).toBe('firing');
    expect(judge([told(0, 'clock_ahead', 2)], one(10)).verdict).toBe('firing');
  });

  test('not a late one, nor one whose clock could not be trusted', () => {
    expect(judge([told(0)], one(10, { receivedMin: 41 })).verdict).toBe('firing');
    const series = seriesFrom(one(10));
    const doubted = { ...series, meta: Uint16Array.of(series.meta[0]! | META.clock) };
    expect(judge([told(0)], [], { cgm: [doubted] }).verdict).toBe('firing');
  });

  test('not one with which the clock was told to be ahead again', () => {
    expect(judge([told(0), told(10)], one(10)).verdict).toBe('firing');
    expect(stretchesOf(judge([told(0), told(15)], one(10)))).toEqual([[0, undefined]]);
    expect(stretchesOf(judge([told(0), told(15.1)], one(10)))).toEqual([
      [0, 10],
      [15.1, undefined],
    ]);
    expect(judge([told(0)], one(1)).verdict).toBe('clear');
    expect(judge([told(0)], one(0.9)).verdict).toBe('firing');
  });

  test('a pressure before it is none', () => {
    expect(judge([told(0)], [], { bp: [pressureReading(-10, 120, 80)] }).verdict).toBe('firing');
    const window = windowWith({ bp: [pressureReading(10, 120, 80)] });
    expect(rule.findRecovery(window, START_AT + 10 * MINUTE_MS - 1, PROFILE, START_AT)).toBe(START_AT + 10 * MINUTE_MS);
    expect(rule.findRecovery(window, START_AT + 10 * MINUTE_MS, PROFILE, START_AT)).toBeUndefined();
  });

  test('also of blood pressure', () => {
    expect(judge([told(0)], [], { bp: [pressureReading(10, 120, 80)] }).verdict).toBe('clear');
    expect(judge([told(0)], [], { bp: [pressureReading(10, 120, 80, { receivedMin: 40 })] }).verdict).toBe('clear');
    expect(judge([told(0)], [], { bp: [pressureReading(10, 120, 80, { receivedMin: 40.1 })] }).verdict).toBe('firing');
    const flagged = { ...pressureReading(10, 120, 80), flags: ['clock' as const] };
    expect(judge([told(0)], [], { bp: [flagged] }).verdict).toBe('firing');
  });
});

test('two devices at once are one episode, over when both are in tolerance', () => {
  const second = seriesFrom([{ min: 30, value: 110 }], { deviceKey: 2 });
  const events = [told(0), told(5, 'clock_ahead', 2)];
  const parts = { cgm: [seriesFrom([{ min: 10, value: 110 }]), second] };
  expect(stretchesOf(judge(events, [], parts))).toEqual([[0, 30]]);
});

test('one that began before the window ends with the first reading in tolerance', () => {
  const window = windowWith({ cgm: [seriesFrom([{ min: 10, value: 110 }])] });
  expect(rule.findRecovery(window, START_AT, PROFILE, START_AT)).toBe(START_AT + 10 * MINUTE_MS);
  expect(rule.findRecovery(window, START_AT + 10 * MINUTE_MS, PROFILE, START_AT)).toBeUndefined();
});

test('an error code told with that reading is no matter of its clock', () => {
  const recovery = (what: DeviceEventKind) =>
    rule.findRecovery(
      windowWith({ cgm: [seriesFrom([{ min: 10, value: 110 }])], deviceEvents: [told(10, what)] }),
      START_AT,
      PROFILE,
      START_AT,
    );
  expect(recovery('error_code')).toBe(START_AT + 10 * MINUTE_MS);
  expect(recovery('clock_ahead')).toBeUndefined();
});

test('what is settled is not told again', () => {
  const window = windowWith({ deviceEvents: [told(0)] });
  expect(rule.evaluate(window, PROFILE, START_AT, START_AT + 1).episodes).toEqual([]);
  expect(rule.evaluate(window, PROFILE, START_AT, START_AT).episodes).toHaveLength(1);
});

test('its lines can’t be set, and the reason that is given is the true one', () => {
  const setting = () => createData04DeviceClock({ aheadBy: { value: 10, unit: 'min' } });
  expect(setting).toThrow("Threshold aheadBy can't be changed: clocks are judged once, as readings arrive.");
});
