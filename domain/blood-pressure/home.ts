// The home blood-pressure protocol (clinical.md §5.4; Stergiou 2018 J Clin Hypertens 20:1116).
// Promise: day 1 is dropped, all other readings averaged; below the protocol's minimum every mean is absent; means are whole
// mmHg, halves up, and judged as shown; office lines are never applied.
import { localDayOf, localMinuteOfDay, type Window } from '../local-day.ts';
import type { BloodPressureReading } from '../reading.ts';
import { isWidePulsePressure, meanArterialPressureMmHg, pulsePressureMmHg } from './derived-pressure.ts';
import { meanPressure, type Pressure } from './mean-pressure.ts';
import { bloodPressureSessions } from './session.ts';
import { type PressureVariability, pressureVariability } from './variability.ts';

const ENOUGH_DAYS = 3;
const ENOUGH_READINGS = 12;
const ENOUGH_DAYS_KEPT = 2;
const ENOUGH_READINGS_KEPT = 8;
/** Half of what is kept at least: of §5.4's two readings each morning and evening, those of either part. */
const ENOUGH_READINGS_OF_PART = ENOUGH_READINGS_KEPT / 2;
/** Local minutes of the day, `to` excluded: morning 04:00–09:59, evening 17:00–23:59. */
const MORNING = { from: 4 * 60, to: 10 * 60 };
const EVENING = { from: 17 * 60, to: 24 * 60 };
/** Both included; 2024 guideline, CHEP. */
export const HOME_ELEVATED_FROM: Pressure = { systolicMmHg: 135, diastolicMmHg: 85 };
const MORNING_EVENING_NOTE_FROM_MM_HG = 20;

export interface PressureMean extends Pressure {
  readonly readingCount: number;
}

/** Answer of `blood-pressure`; `from` and `to` epoch ms, everything about means absent where `sufficient` is false. */
export interface HomeBloodPressure extends Window {
  readonly timeZone: string;
  readonly readingCount: number;
  readonly sessionCount: number;
  readonly daysWithData: number;
  /** Day 1 of the protocol, YYYY-MM-DD: its readings are in no mean. */
  readonly droppedDay?: string;
  /** At least 3 days and 12 readings, and 2 days and 8 readings after day 1 is dropped. */
  readonly sufficient: boolean;
  readonly mean?: PressureMean;
  /** Of the mean; the pulse pressure is wide from 60 mmHg on (unverified). */
  readonly pulsePressureMmHg?: number;
  readonly widePulsePressure?: boolean;
  readonly meanArterialPressureMmHg?: number;
  readonly morning?: PressureMean;
  readonly evening?: PressureMean;
  /** At least 2 days and 4 readings of that part of the day after day 1 is dropped (ours: half the protocol's). */
  readonly morningSufficient?: boolean;
  readonly eveningSufficient?: boolean;
  /** The mean is at or above 135 or 85. */
  readonly elevated?: boolean;
  /** The morning mean is at or above 135 or 85. */
  readonly morningElevated?: boolean;
  /** Morning systolic minus evening systolic; 20 or more with an elevated systolic mean is worth a note (unverified). */
  readonly morningEveningDifferenceMmHg?: number;
  readonly morningEveningNote?: boolean;
  /** Over the kept sessions' unrounded means. */
  readonly systolicVariability?: PressureVariability;
  readonly diastolicVariability?: PressureVariability;
}

/** @param readings ascending in `measuredAt`; those outside the window are ignored */
export function homeBloodPressure(
  readings: readonly BloodPressureReading[],
  window: Window,
  timeZone: string,
): HomeBloodPressure {
  const inWindow = readings.filter(({ measuredAt }) => measuredAt >= window.from && measuredAt < window.to);
  const days = new Set(inWindow.map(({ measuredAt }) => localDayOf(measuredAt, timeZone)));
  const [droppedDay] = days;
  const kept = inWindow.filter(({ measuredAt }) => localDayOf(measuredAt, timeZone) !== droppedDay);
  const sufficient =
    days.size >= ENOUGH_DAYS &&
    inWindow.length >= ENOUGH_READINGS &&
    days.size - 1 >= ENOUGH_DAYS_KEPT &&
    kept.length >= ENOUGH_READINGS_KEPT;
  return {
    from: window.from,
    to: window.to,
    timeZone,
    readingCount: inWindow.length,
    sessionCount: bloodPressureSessions(inWindow).length,
    daysWithData: days.size,
    ...(droppedDay !== undefined && { droppedDay }),
    sufficient,
    ...(sufficient && meansOf(kept, timeZone)),
  };
}

/** From 135 or from 85 on, both included (clinical.md §5.4). */
export function isElevatedAtHome({ systolicMmHg, diastolicMmHg }: Pressure): boolean {
  return systolicMmHg >= HOME_ELEVATED_FROM.systolicMmHg || diastolicMmHg >= HOME_ELEVATED_FROM.diastolicMmHg;
}

function meansOf(kept: readonly BloodPressureReading[], timeZone: string): Partial<HomeBloodPressure> {
  const between = ({ from, to }: Window) =>
    kept.filter(({ measuredAt }) => {
      const minute = localMinuteOfDay(measuredAt, timeZone);
      return minute >= from && minute < to;
    });
  const mean = meanOf(kept);
  const isPartSufficient = (part: readonly BloodPressureReading[]) =>
    part.length >= ENOUGH_READINGS_OF_PART &&
    new Set(part.map(({ measuredAt }) => localDayOf(measuredAt, timeZone))).size >= ENOUGH_DAYS_KEPT;
  const [mornings, evenings] = [between(MORNING), between(EVENING)];
  const morning = meanOf(mornings);
  const evening = meanOf(evenings);
  const difference = morning && evening && morning.systolicMmHg - evening.systolicMmHg;
  const sessionMeans = bloodPressureSessions(kept).map(({ exactMean }) => exactMean);
  const systolicVariability = pressureVariability(sessionMeans.map(({ systolicMmHg }) => systolicMmHg));
  const diastolicVariability = pressureVariability(sessionMeans.map(({ diastolicMmHg }) => diastolicMmHg));
  return {
    ...(mean && {
      mean,
      pulsePressureMmHg: pulsePressureMmHg(mean),
      widePulsePressure: isWidePulsePressure(mean),
      meanArterialPressureMmHg: meanArterialPressureMmHg(mean),
      elevated: isElevatedAtHome(mean),
    }),
    ...(morning && { morning, morningElevated: isElevatedAtHome(morning) }),
    ...(evening && { evening }),
    morningSufficient: isPartSufficient(mornings),
    eveningSufficient: isPartSufficient(evenings),
    ...(mean &&
      difference !== undefined && {
        morningEveningDifferenceMmHg: difference,
        morningEveningNote:
          difference >= MORNING_EVENING_NOTE_FROM_MM_HG && mean.systolicMmHg >= HOME_ELEVATED_FROM.systolicMmHg,
      }),
    ...(systolicVariability && diastolicVariability && { systolicVariability, diastolicVariability }),
  };
}

function meanOf(readings: readonly BloodPressureReading[]): PressureMean | undefined {
  return readings.length === 0 ? undefined : { ...meanPressure(readings), readingCount: readings.length };
}
