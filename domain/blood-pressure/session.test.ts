import { describe, expect, it } from 'vitest';
import type { BloodPressureReading } from '../reading.ts';
import { bloodPressureSessions } from './session.ts';

const start = Date.parse('2026-11-22T07:30:00+08:00');
const minuteMs = 60_000;

function measured(minute: number, systolicMmHg: number, diastolicMmHg: number, deviceKey = 1): BloodPressureReading {
  const at = start + minute * minuteMs;
  return {
    kind: 'bp',
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at,
    flags: [],
    unit: 'mmHg',
    systolicMmHg,
    diastolicMmHg,
    receivedSystolic: systolicMmHg,
    receivedDiastolic: diastolicMmHg,
  };
}

describe('a blood-pressure session', () => {
  it('is what one device measured within ten minutes of its first reading', () => {
    const sessions = bloodPressureSessions([measured(0, 130, 80), measured(10, 134, 82), measured(11, 150, 90)]);
    expect(sessions.map(({ readings }) => readings.length)).toEqual([2, 1]);
    expect(sessions[0]).toMatchObject({ startAt: start, endAt: start + 10 * minuteMs, single: false });
    expect(sessions[1]).toMatchObject({ single: true, unstable: false });
  });

  it('never joins two monitors', () => {
    const sessions = bloodPressureSessions([measured(0, 130, 80, 1), measured(1, 140, 85, 2), measured(2, 132, 82, 1)]);
    expect(sessions.map(({ deviceKey, readings }) => [deviceKey, readings.length])).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('shows and judges its mean rounded half up: 139/89 and 140/90 are 140/90', () => {
    const [session] = bloodPressureSessions([measured(0, 139, 89), measured(1, 140, 90)]);
    expect(session?.mean).toEqual({ systolicMmHg: 140, diastolicMmHg: 90 });
    expect(session?.exactMean).toEqual({ systolicMmHg: 139.5, diastolicMmHg: 89.5 });
  });

  it('asks for a third reading where two differ by ten or more, in either number', () => {
    const unstable = (a: [number, number], b: [number, number]) =>
      bloodPressureSessions([measured(0, ...a), measured(1, ...b)])[0]?.unstable;
    expect(unstable([130, 80], [139, 89])).toBe(false);
    expect(unstable([130, 80], [140, 80])).toBe(true);
    expect(unstable([130, 90], [130, 80])).toBe(true);
  });

  it('averages all three once the third is there', () => {
    const [session] = bloodPressureSessions([measured(0, 150, 90), measured(1, 138, 86), measured(2, 141, 88)]);
    expect(session).toMatchObject({ unstable: false, mean: { systolicMmHg: 143, diastolicMmHg: 88 } });
  });
});
