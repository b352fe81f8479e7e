// When people of a team, and patients, are told of what is not urgent: not within quiet hours, and of one patient not too often on one day. Pure.
// Promise: what is put off has a named reason and a moment; the caller asks of nothing that is, or was, urgent.
import type { Window } from '../local-day.ts';
import type { OnCallSchedule } from '../on-call/on-call-schedule.ts';
import { shiftChanges } from '../on-call/shift-changes.ts';
import { instantOfWallClock, wallClockAt } from '../on-call/wall-clock.ts';
import type { Condition, Direction } from '../rules/rule.ts';
import { type AlertingSettings, DAILY_CAP } from './alerting-settings.ts';

const PUT_OFF_REASONS = ['quiet_hours', 'daily_cap'] as const;
export type PutOffReason = (typeof PUT_OFF_REASONS)[number];

/** All operational. When a digest is told where neither shifts nor quiet hours say when a working day begins. */
const MORNING = '08:00';
/** When patients are asked nothing that can wait, where their team has set no quiet hours. */
const PATIENT_QUIET_HOURS = { from: '21:00', to: '08:00' } as const;
/** A shift that begins so soon after the quiet hours gets their digest. */
const SHIFT_SOON_MS = 2 * 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface AlertSubject {
  readonly condition: Condition;
  readonly direction: Direction;
}

export interface PutOffQuestion {
  /** Epoch ms. */
  readonly now: number;
  /** IANA, of the team. */
  readonly timeZone: string;
  readonly settings: Pick<AlertingSettings, 'quietHours' | 'dailyCap'>;
  readonly schedule?: OnCallSchedule | undefined;
  /** Told of the patient since midnight of the team's day, to whoever was told most, but for digests. */
  readonly messagesToday: number;
  /** It was told of before, and is told again or to whom comes next: no new message of that day. */
  readonly isKnown?: boolean | undefined;
}

export interface PutOff {
  readonly reason: PutOffReason;
  /** Epoch ms. */
  readonly until: number;
}

/** Undefined: told now. */
export function putOffOf(question: PutOffQuestion): PutOff | undefined {
  const { now, settings, messagesToday, isKnown = false } = question;
  const quietUntil = afterQuiet(now, question);
  if (quietUntil !== undefined) return { reason: 'quiet_hours', until: quietUntil };
  if (isKnown || messagesToday < (settings.dailyCap ?? DAILY_CAP)) return undefined;
  const next = nextDigest(question);
  return { reason: 'daily_cap', until: afterQuiet(next, question) ?? next };
}

/** As `putOffOf`, of what is for the patient alone: no shift hands it on. */
export function putOffForPatient({ settings, schedule: _, ...question }: PutOffQuestion): PutOff | undefined {
  return putOffOf({ ...question, settings: { ...settings, quietHours: settings.quietHours ?? PATIENT_QUIET_HOURS } });
}

/** Which messages count against the cap of a day. Undefined: all about the patient; against a low those about the same alone (promise 6). */
export function countedAgainst({ condition, direction }: AlertSubject): AlertSubject | undefined {
  return direction === 'low' ? { condition, direction } : undefined;
}

/** Whether a timer with this reason ends in a digest. */
export function isPutOff(reason: string | undefined): reason is PutOffReason {
  return PUT_OFF_REASONS.some((each) => each === reason);
}

/** Undefined where `at` is not within quiet hours. */
function afterQuiet(at: number, { settings: { quietHours }, timeZone, schedule }: PutOffQuestion): number | undefined {
  const quiet = quietHours && windowsAround(at, quietHours, timeZone).find(({ from, to }) => from <= at && at < to);
  if (!quiet) return undefined;
  return firstShift(schedule, quiet.to, quiet.to + SHIFT_SOON_MS + 1) ?? quiet.to;
}

function nextDigest({ now, settings: { quietHours }, timeZone, schedule }: PutOffQuestion): number {
  const shift = firstShift(schedule, now + 1, now + DAY_MS);
  if (shift !== undefined) return shift;
  const { from, to } = quietHours ?? { from: '00:00', to: MORNING };
  const ends = windowsAround(now, { from, to }, timeZone).map((window) => window.to);
  return ends.find((end) => end > now) ?? now + DAY_MS;
}

function firstShift(schedule: OnCallSchedule | undefined, from: number, to: number): number | undefined {
  return schedule && shiftChanges(schedule, from, to)[0]?.at;
}

/** Of yesterday, today and tomorrow, as instants: a night over a clock change is as long as it is. Empty ones are none. */
function windowsAround(at: number, { from, to }: { from: string; to: string }, timeZone: string): Window[] {
  const wall = wallClockAt(at, timeZone);
  const today = wall - (wall % DAY_MS);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  if (begin === end) return [];
  const lengthMs = ((end - begin) * MINUTE_MS + DAY_MS) % DAY_MS;
  return [today - DAY_MS, today, today + DAY_MS].map((day) => ({
    from: instantOfWallClock(day + begin * MINUTE_MS, timeZone),
    to: instantOfWallClock(day + begin * MINUTE_MS + lengthMs, timeZone),
  }));
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
