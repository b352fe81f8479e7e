// What a patient measured in one sitting, with whichever monitor: all within 10 min of its first reading, as a session (§5.2).
// Promise: a reading that comes in order changes the last sitting or begins the next, never an earlier one. Sessions of two monitors
// used in turn overlap, and a calm one between would end an emergency that its neighbour goes on with.
import { meanPressure, type Pressure } from '../blood-pressure/mean-pressure.ts';
import { SESSION_MS } from '../blood-pressure/session.ts';
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
  const sittings: BloodPressureReading[][] = [];
  for (const reading of inOrder(readings)) {
    const running = sittings.at(-1);
    if (running !== undefined && reading.measuredAt - running[0]!.measuredAt <= SESSION_MS) running.push(reading);
    else sittings.push([reading]);
  }
  return sittings.map((taken) => ({
    startAt: taken[0]!.measuredAt,
    endAt: taken.at(-1)!.measuredAt,
    readings: taken,
    mean: meanPressure(taken),
  }));
}

/** Two monitors may be read at the same instant: then by device, so that the order of arrival doesn't matter. */
function inOrder(readings: readonly BloodPressureReading[]): BloodPressureReading[] {
  return [...readings].sort((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey);
}
