import { describe, expect, it } from 'vitest';
import { clockOffsetMs, trueTimeOf } from './clock-offset.ts';

const minuteMs = 60_000;
const receivedAt = Date.parse('2026-11-22T08:00:00+08:00');
const ahead = (minutes: number) => ({ sentAt: receivedAt + minutes * minuteMs, receivedAt });

describe('a device clock', () => {
  it('ten minutes ahead moves its readings ten minutes back', () => {
    const offset = clockOffsetMs([ahead(10)]);
    expect(trueTimeOf(receivedAt + 10 * minuteMs, receivedAt, offset)).toEqual({
      measuredAt: receivedAt,
      clockFlag: false,
    });
    expect(trueTimeOf(receivedAt - 20 * minuteMs, receivedAt, offset).measuredAt).toBe(receivedAt - 30 * minuteMs);
  });

  it('behind moves its readings forward, never past their receipt', () => {
    const offset = clockOffsetMs([ahead(-10)]);
    expect(trueTimeOf(receivedAt - 30 * minuteMs, receivedAt, offset).measuredAt).toBe(receivedAt - 20 * minuteMs);
    expect(trueTimeOf(receivedAt, receivedAt, offset)).toEqual({ measuredAt: receivedAt, clockFlag: true });
  });

  it('within two minutes is left alone', () => {
    expect(clockOffsetMs([ahead(2)])).toBe(0);
    expect(clockOffsetMs([ahead(-2)])).toBe(0);
    expect(clockOffsetMs([{ sentAt: receivedAt + 2 * minuteMs + 1, receivedAt }])).toBe(2 * minuteMs + 1);
    expect(trueTimeOf(receivedAt + minuteMs, receivedAt, 0)).toEqual({
      measuredAt: receivedAt + minuteMs,
      clockFlag: false,
    });
  });

  it('that is right, and one whose correction ends at the tolerance, raise no flag', () => {
    expect(trueTimeOf(receivedAt, receivedAt, undefined).clockFlag).toBe(false);
    expect(trueTimeOf(receivedAt + 2 * minuteMs, receivedAt, 0).clockFlag).toBe(false);
    expect(trueTimeOf(receivedAt + 2 * minuteMs + 1, receivedAt, 0)).toEqual({
      measuredAt: receivedAt,
      clockFlag: true,
    });
  });

  it('is judged by the median of the last five connections: one delayed message changes nothing', () => {
    expect(clockOffsetMs([ahead(99), ahead(10), ahead(10), ahead(-700), ahead(10), ahead(10)])).toBe(10 * minuteMs);
    expect(clockOffsetMs([ahead(10), ahead(20)])).toBe(15 * minuteMs);
  });

  it('hours behind is believed once three connections agree: a packet that waited two hours looks the same', () => {
    expect(clockOffsetMs([ahead(-120)])).toBe(0);
    expect(clockOffsetMs([ahead(-120), ahead(0)])).toBe(0);
    expect(clockOffsetMs([ahead(-120), ahead(0), ahead(-50), ahead(0), ahead(-300)])).toBe(0);
    expect(clockOffsetMs([ahead(-120), ahead(-120)])).toBe(0);
    expect(clockOffsetMs([ahead(-120), ahead(-121), ahead(-119)])).toBe(-120 * minuteMs);
    expect(clockOffsetMs([ahead(-122), ahead(-120), ahead(-118)])).toBe(-120 * minuteMs);
    expect(clockOffsetMs([ahead(-122.1), ahead(-120), ahead(-118)])).toBe(0);
    expect(clockOffsetMs([ahead(-30)])).toBe(-30 * minuteMs);
  });

  it('that never tells its time: a reading from the future counts as made at receipt and says so', () => {
    expect(clockOffsetMs([])).toBeUndefined();
    expect(trueTimeOf(receivedAt + 7 * minuteMs, receivedAt, undefined)).toEqual({
      measuredAt: receivedAt,
      clockFlag: true,
    });
    expect(trueTimeOf(receivedAt - minuteMs, receivedAt, undefined)).toEqual({
      measuredAt: receivedAt - minuteMs,
      clockFlag: false,
    });
  });
});
