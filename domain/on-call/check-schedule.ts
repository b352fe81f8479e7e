// What a schedule must be to be taken: each problem names its field and the remedy. Promise: what passes can be expanded in bounded
// work, and each shift has a time at all. Gaps and overlaps are no refusal but findings: see lint-schedule.ts.
import { isTimeZone } from '../zone-offset.ts';
import { recurrenceOf, startsOf, untilOf } from './expand-shift.ts';
import type { LocalSpan, OnCallSchedule, Shift } from './on-call-schedule.ts';
import { parseWallClock, wallClockAt } from './wall-clock.ts';

const DAY_MS = 86_400_000;
const LONGEST_RECURRING_DAYS = 31;
const LONGEST_ONCE_DAYS = 366;
/** Ten years of every day. COUNT is counted from the first time at each question, so it is what a question can cost. */
const MAX_COUNT = 3660;
const MAX_STARTS_A_DAY = 48;
/** Each may be away as well and have as many to cover: what a question costs goes with it (48 that all cover each other: 11 s a year). */
export const MAX_COVERING = 5;
const FIRST_YEAR = 2000;
const LAST_YEAR = 2100;
/** Looked at for overlaps and numbers. */
const SEEN_DAYS = 366;
/** In so long a rule has to have a time: 29 February comes again within 8 years, also over 2100. */
const SEARCHED_DAYS = 8 * 366;
const WITHIN_A_DAY = /(?:^|;)(?:FREQ=(?:HOURLY|MINUTELY|SECONDLY)|BY(?:HOUR|MINUTE|SECOND)=)/;

export interface ScheduleProblem {
  /** A path such as `shifts/0/rrule`. */
  readonly field: string;
  readonly detail: string;
}

/** All problems, in the order of the fields; none: the schedule can be taken. Whether members exist is for who knows them. */
export function checkSchedule(schedule: OnCallSchedule): ScheduleProblem[] {
  const { timeZone, shifts, overrides = [], swaps = [], leave = [] } = schedule;
  if (!isTimeZone(timeZone))
    return [{ field: 'timeZone', detail: 'This zone is unknown: give an IANA time zone, e.g. Asia/Shanghai.' }];
  const startsByDay = new Map<number, number>();
  return [
    ...shifts.flatMap((shift, i) => checkShift(shift, timeZone, `shifts/${i}`, startsByDay)),
    ...overrides.flatMap((override, i) => [
      ...checkSpan(override, `overrides/${i}`, LONGEST_ONCE_DAYS),
      ...checkMembers(override.memberIds, `overrides/${i}/memberIds`),
    ]),
    ...swaps.flatMap(({ memberIds, windows }, i) => [
      ...(new Set(memberIds).size === 2 && memberIds.length === 2
        ? []
        : [{ field: `swaps/${i}/memberIds`, detail: 'A swap is between two members: name two different ones.' }]),
      ...windows.flatMap((window, j) => checkSpan(window, `swaps/${i}/windows/${j}`, LONGEST_ONCE_DAYS)),
    ]),
    ...leave.flatMap((absence, i) => [
      ...checkSpan(absence, `leave/${i}`, LONGEST_ONCE_DAYS),
      ...(absence.coveredBy?.includes(absence.memberId)
        ? [{ field: `leave/${i}/coveredBy`, detail: 'Nobody covers their own leave: name somebody else, or nobody.' }]
        : []),
      ...((absence.coveredBy?.length ?? 0) > MAX_COVERING
        ? [{ field: `leave/${i}/coveredBy`, detail: `At most ${MAX_COVERING} cover a leave: name the first of them.` }]
        : []),
    ]),
  ];
}

function checkShift(
  shift: Shift,
  timeZone: string,
  field: string,
  startsByDay: Map<number, number>,
): ScheduleProblem[] {
  const longest = shift.rrule === undefined ? LONGEST_ONCE_DAYS : LONGEST_RECURRING_DAYS;
  const problems = [...checkSpan(shift, field, longest), ...checkMembers(shift.memberIds, `${field}/memberIds`)];
  if (problems.length > 0) return problems;
  const detail = shift.rrule === undefined ? undefined : problemOfRule(shift.rrule, parseWallClock(shift.from));
  if (detail !== undefined) return [{ field: `${field}/rrule`, detail }];
  return checkStarts(shift, timeZone, field, startsByDay);
}

function problemOfRule(rrule: string, first: number): string | undefined {
  if (WITHIN_A_DAY.test(rrule))
    return 'A shift begins at most once a day: use FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, and one shift for each time of day.';
  const count = /(?:^|;)COUNT=(\d+)/.exec(rrule)?.[1];
  if (Number(count) > MAX_COUNT)
    return `The shift recurs too often: COUNT is at most ${MAX_COUNT}. For a shift without an end leave COUNT out.`;
  try {
    recurrenceOf(rrule, first, true);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? ` (${error.message})` : '';
    return `This is no recurrence of RFC 5545${why}: write it as in FREQ=WEEKLY;BYDAY=MO,WE.`;
  }
}

/** By the times themselves: at least one, none before the last has ended, not too many on one day. */
function checkStarts(
  shift: Shift,
  timeZone: string,
  field: string,
  startsByDay: Map<number, number>,
): ScheduleProblem[] {
  const first = parseWallClock(shift.from);
  const durationMs = parseWallClock(shift.to) - first;
  const until = untilOf(shift.rrule, timeZone);
  const last = Number.isFinite(until) ? wallClockAt(until, timeZone) : until;
  const startsWithin = (days: number) => startsOf(shift, first, first, Math.min(first + days * DAY_MS, last));
  const seen = startsWithin(SEEN_DAYS);
  const starts = seen.length > 0 ? seen : startsWithin(SEARCHED_DAYS);
  if (starts.length === 0) {
    const remedy = 'check FREQ, the BY… parts, UNTIL and `on` against `from`.';
    return [{ field: `${field}/${shift.rrule ? 'rrule' : 'on'}`, detail: `The shift never takes place: ${remedy}` }];
  }
  const overlapping = starts.findIndex((at, i) => i > 0 && at - (starts[i - 1] ?? at) < durationMs);
  if (overlapping > 0)
    return [
      {
        field: `${field}/to`,
        detail: 'The shift would begin again before it has ended: end it earlier, or let it recur less often.',
      },
    ];
  for (const at of starts) {
    const day = Math.floor(at / DAY_MS);
    const count = (startsByDay.get(day) ?? 0) + 1;
    startsByDay.set(day, count);
    if (count > MAX_STARTS_A_DAY)
      return [
        {
          field,
          detail: `More than ${MAX_STARTS_A_DAY} shifts begin on one day: give one shift several members, or drop shifts.`,
        },
      ];
  }
  return [];
}

function checkSpan({ from, to }: LocalSpan, field: string, longestDays: number): ScheduleProblem[] {
  const fromMs = parseWallClock(from);
  const toMs = parseWallClock(to);
  const notATime = 'Give a local date and time without offset, YYYY-MM-DDTHH:MM.';
  const bad = [fromMs, toMs].findIndex((at) => !isPlannable(at));
  if (bad >= 0) {
    const isTime = !Number.isNaN(bad === 0 ? fromMs : toMs);
    const detail = isTime ? `Give a year from ${FIRST_YEAR} to ${LAST_YEAR}.` : notATime;
    return [{ field: `${field}/${bad === 0 ? 'from' : 'to'}`, detail }];
  }
  if (toMs <= fromMs)
    return [{ field: `${field}/to`, detail: 'It ends after it begins: give a `to` later than `from`.' }];
  if (toMs - fromMs > longestDays * DAY_MS)
    return [{ field: `${field}/to`, detail: `It is too long: ${longestDays} days at most.` }];
  return [];
}

function isPlannable(wallMs: number): boolean {
  const year = new Date(wallMs).getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

const checkMembers = (memberIds: readonly string[], field: string): ScheduleProblem[] =>
  memberIds.length > 0 ? [] : [{ field, detail: 'Name at least one member.' }];
