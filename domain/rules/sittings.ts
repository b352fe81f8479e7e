// What a patient measured in one sitting: a session (§5.2), or several whose times overlap because two monitors were used at once.
// Promise: sittings follow each other without overlap, so what is judged of them does too.
import { meanPressure, type Pressure } from '../blood-pressure/mean-pressure.ts';
import type { BloodPressureSession } from '../blood-pressure/session.ts';
import { bloodPressureSessions } from '../blood-pressure/session.ts';
import type { BloodPressureReading } from '../reading.ts';

export interface Sitting {
  /** `measuredAt` of the first and last reading, epoch ms. */
  readonly startAt: number;
  readonly endAt: number;
  /** Ascending. Never empty. */
  readonly readings: readonly BloodPressureReading[];
  /** Whole mmHg, as §5.2 rounds it. */
  readonly mean: Pressure;
}

/** @param readings of one patient, ascending in `measuredAt` */
export function sittingsOf(readings: readonly BloodPressureReading[]): Sitting[] {
  const sittings: Sitting[] = [];
  for (const session of bloodPressureSessions(readings)) {
    const running = sittings.at(-1);
    if (running !== undefined && session.startAt <= running.endAt)
      sittings[sittings.length - 1] = join(running, session);
    else sittings.push(session);
  }
  return sittings;
}

/** In the order they were taken. */
export function inOrder(readings: readonly BloodPressureReading[]): BloodPressureReading[] {
  return [...readings].sort((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey);
}

function join(a: Sitting, b: BloodPressureSession): Sitting {
  const readings = inOrder([...a.readings, ...b.readings]);
  return { startAt: a.startAt, endAt: Math.max(a.endAt, b.endAt), readings, mean: meanPressure(readings) };
}
