import { describe, expect, it } from 'vitest';
import { MINUTE_MS, pressureReading, START_AT } from '../../tests/readings/patient-windows.ts';
import { thirdReadingRequest } from './third-reading-request.ts';

describe('a third reading', () => {
  const first = pressureReading(0, 150, 90);
  const ask = (second: ReturnType<typeof pressureReading>, earlier = [first]) =>
    thirdReadingRequest(
      second,
      [...earlier, second].sort((a, b) => a.measuredAt - b.measuredAt),
    );

  it('is asked for a minute after two that are 10 mmHg apart in either number, while the session lasts', () => {
    const request = { kind: 'bp', deviceKey: 1, dueAt: START_AT + 2 * MINUTE_MS, expiresAt: START_AT + 10 * MINUTE_MS };
    expect(ask(pressureReading(1, 140, 90))).toEqual(request);
    expect(ask(pressureReading(1, 150, 100))).toEqual(request);
    expect(ask(pressureReading(1, 141, 99))).toBeUndefined();
  });

  it('is asked for where a calm one comes before one at the emergency line', () => {
    expect(ask(pressureReading(1, 190, 100), [pressureReading(0, 130, 80)])).toBeDefined();
  });

  it('is not asked for once it has been taken, nor of one reading or of two monitors', () => {
    expect(ask(pressureReading(2, 120, 80), [first, pressureReading(1, 140, 90)])).toBeUndefined();
    expect(ask(first, [])).toBeUndefined();
    expect(ask(first, [pressureReading(1, 120, 80)])).toBeUndefined();
    const besides = [pressureReading(0, 130, 80, { deviceKey: 2 }), pressureReading(1, 150, 80, { deviceKey: 2 })];
    expect(ask(pressureReading(1, 150, 90), [first, ...besides])).toBeUndefined();
    expect(ask(pressureReading(1, 130, 80, { deviceKey: 2 }))).toBeUndefined();
  });

  it('is not asked for when there is no minute left in the session, or the second came after it', () => {
    expect(ask(pressureReading(9, 130, 80))).toBeDefined();
    expect(ask(pressureReading(9.1, 130, 80))).toBeUndefined();
    expect(ask(pressureReading(1, 130, 80, { receivedMin: 10 }))).toBeDefined();
    expect(ask(pressureReading(1, 130, 80, { receivedMin: 10.1 }))).toBeUndefined();
  });
});
