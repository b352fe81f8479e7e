// Which blood-pressure readings belong to one sitting, and what it came to (clinical.md §5.2).
// Promise: a function of event time alone; readings of two monitors are never one session.
import type { BloodPressureReading } from '../reading.ts';
import { exactMeanPressure, meanPressure, type Pressure } from './mean-pressure.ts';

/** A session is what one device measured within this of its first reading. */
export const SESSION_MS = 10 * 60_000;
/** Two readings that differ by this much or more ask for a third (Chinese guideline 2024, ESH). */
const UNSTABLE_FROM_MM_HG = 10;

export interface BloodPressureSession {
  readonly deviceKey: number;
  /** `measuredAt` of the first and last reading, epoch ms. */
  readonly startAt: number;
  readonly endAt: number;
  /** Ascending. Never empty. */
  readonly readings: readonly BloodPressureReading[];
  /** Whole mmHg, halves rounded up: the value to show and to judge. */
  readonly mean: Pressure;
  readonly exactMean: Pressure;
  /** One reading only. */
  readonly single: boolean;
  /** Two readings 10 mmHg or more apart, the third missing: ask for it. */
  readonly unstable: boolean;
}

/** @param readings of one patient, ascending in `measuredAt`; the sessions come back in order of their start */
export function bloodPressureSessions(readings: readonly BloodPressureReading[]): BloodPressureSession[] {
  const sessions: BloodPressureReading[][] = [];
  const running = new Map<number, BloodPressureReading[]>();
  for (const reading of readings) {
    const current = running.get(reading.deviceKey);
    if (current !== undefined && reading.measuredAt - current[0]!.measuredAt <= SESSION_MS) {
      current.push(reading);
      continue;
    }
    const started = [reading];
    running.set(reading.deviceKey, started);
    sessions.push(started);
  }
  return sessions.map(sessionOf);
}

function sessionOf(readings: readonly BloodPressureReading[]): BloodPressureSession {
  const first = readings[0]!;
  return {
    deviceKey: first.deviceKey,
    startAt: first.measuredAt,
    endAt: readings.at(-1)!.measuredAt,
    readings,
    mean: meanPressure(readings),
    exactMean: exactMeanPressure(readings),
    single: readings.length === 1,
    unstable: readings.length === 2 && differ(first, readings[1]!),
  };
}

/** Whether two readings of a session are 10 mmHg or more apart in either number, so that a third is needed. */
export function differ(a: Pressure, b: Pressure): boolean {
  return (
    Math.abs(a.systolicMmHg - b.systolicMmHg) >= UNSTABLE_FROM_MM_HG ||
    Math.abs(a.diastolicMmHg - b.diastolicMmHg) >= UNSTABLE_FROM_MM_HG
  );
}
