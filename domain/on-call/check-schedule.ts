// What a schedule must be to be taken: each problem names its field and the remedy. Promise: what passes can be expanded in bounded
// work, and each shift has a time at all. Gaps and overlaps are no refusal but findings: see lint-schedule.ts.
import { isTimeZone } from '../zone-offset.ts';
import { checkCrowding } from './check-crowding.ts';
import { checkRecurrences } from './check-recurrences.ts';
import type { LocalSpan, OnCallSchedule, Shift } from './on-call-schedule.ts';
import { parseWallClock } from './wall-clock.ts';

const DAY_MS = 86_400_000;
const LONGEST_RECURRING_DAYS = 31;
const LONGEST_ONCE_DAYS = 366;
/** Each may be away as well and have as many to cover: what a question costs goes with it (48 that all cover each other: 11 s a year). */
export const MAX_COVERING = 5;
const FIRST_YEAR = 2000;
const LAST_YEAR = 2100;
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
  const problemsOfSpans = shifts.map((shift, i) => checkShift(shift, `shifts/${i}`));
  const problemsOfTimes = checkRecurrences(shifts, timeZone, (i) => problemsOfSpans[i]?.length === 0);
  return [
    ...problemsOfSpans.flatMap((problems, i) => [...problems, ...(problemsOfTimes.get(i) ?? [])]),
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
    ...checkCrowding(schedule),
  ];
}

function checkShift(shift: Shift, field: string): ScheduleProblem[] {
  const longest = shift.rrule === undefined ? LONGEST_ONCE_DAYS : LONGEST_RECURRING_DAYS;
  return [...checkSpan(shift, field, longest), ...checkMembers(shift.memberIds, `${field}/memberIds`)];
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
