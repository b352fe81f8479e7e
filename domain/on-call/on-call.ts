// Who is on call at an instant and over a range, by a team's schedule. Where a team has no schedule is the caller's affair; a gap in
// one is an interval of its own. Promise: intervals tile the range, in order; what is asked is all that is expanded.
import type { Window } from '../local-day.ts';
import { dutiesAt, type Holding } from './duties-at.ts';
import { expandShift } from './expand-shift.ts';
import type { LocalSpan, OnCall, OnCallInterval, OnCallSchedule } from './on-call-schedule.ts';
import { MAX_STEPS, stepsOf } from './recurrence-steps.ts';
import { UnusableShift } from './shift-starts.ts';
import { formatWallClock, instantOfWallClock, parseWallClock, wallClockAt } from './wall-clock.ts';

const DAY_MS = 86_400_000;
/** A year with both its ends. */
export const LONGEST_RANGE_DAYS = 400;

type Kind = keyof Holding;
const KINDS: readonly Kind[] = ['shifts', 'overrides', 'swaps', 'leave'];

/** One thing of the schedule while it holds. */
interface Span extends Window {
  readonly kind: Kind;
  readonly place: number;
}

/** `at`: epoch ms. Throws RangeError for a zone that the runtime doesn't know. */
export function onCallAt(schedule: OnCallSchedule, at: number): OnCall {
  return dutiesAt(schedule, holdingOf(spansOf(schedule, { from: at, to: at + 1 })));
}

/**
 * From `from` (included) to `to` (excluded), epoch ms: one interval for as long as the same people are on call for the same reasons.
 * Throws RangeError for a range that is empty or longer than LONGEST_RANGE_DAYS.
 */
export function onCallBetween(schedule: OnCallSchedule, from: number, to: number): OnCallInterval[] {
  if (!(from < to)) throw new RangeError('the range is empty: `from` must lie before `to`');
  if (to - from > LONGEST_RANGE_DAYS * DAY_MS)
    throw new RangeError(`the range is too long: ${LONGEST_RANGE_DAYS} days at most`);
  const spans = spansOf(schedule, { from, to });
  const starting = byInstant(spans, (span) => Math.max(span.from, from));
  const ending = byInstant(spans, (span) => span.to);
  const edges = [...new Set([from, ...starting.keys(), ...ending.keys()])]
    .filter((at) => at < to)
    .sort((a, b) => a - b);
  const intervals: OnCallInterval[] = [];
  const holding = new Set<Span>();
  for (const [index, edge] of edges.entries()) {
    for (const span of ending.get(edge) ?? []) holding.delete(span);
    for (const span of starting.get(edge) ?? []) holding.add(span);
    append(intervals, { ...dutiesAt(schedule, holdingOf([...holding])), from: edge, to: edges[index + 1] ?? to });
  }
  return intervals;
}

export interface PlannedTimes {
  readonly times: readonly (Window & { readonly shift: number })[];
  /** Places of shifts that can't be expanded, or not within MAX_STEPS, stored before they were checked at entry: nobody is on call by them. */
  readonly unusable: readonly number[];
}

/** The shift times that touch a window, as they are planned, shift by shift. */
export function plannedTimes(schedule: OnCallSchedule, window: Window): PlannedTimes {
  const times: (Window & { readonly shift: number })[] = [];
  const unusable: number[] = [];
  let steps = 0;
  for (const [place, shift] of schedule.shifts.entries()) {
    const more = stepsOf(shift);
    if (steps + more > MAX_STEPS) {
      unusable.push(place);
      continue;
    }
    steps += more;
    try {
      for (const time of expandShift(shift, schedule.timeZone, window)) times.push({ ...time, shift: place });
    } catch (error) {
      if (!(error instanceof UnusableShift)) throw error;
      unusable.push(place);
    }
  }
  return { times, unusable };
}

function spansOf(schedule: OnCallSchedule, window: Window): Span[] {
  const { timeZone, overrides = [], swaps = [], leave = [] } = schedule;
  // Local times order as their text does: what is days away needs no clock, and there may be thousands of spans.
  const earliest = formatWallClock(wallClockAt(window.from, timeZone) - DAY_MS);
  const latest = formatWallClock(wallClockAt(window.to, timeZone) + DAY_MS);
  const local = (kind: Kind, place: number, { from, to }: LocalSpan): Span[] =>
    to < earliest || from > latest
      ? []
      : [
          {
            kind,
            place,
            from: instantOfWallClock(parseWallClock(from), timeZone),
            to: instantOfWallClock(parseWallClock(to), timeZone),
          },
        ];
  return [
    ...plannedTimes(schedule, window).times.map(
      ({ shift, ...time }): Span => ({ ...time, kind: 'shifts', place: shift }),
    ),
    ...overrides.flatMap((override, place) => local('overrides', place, override)),
    ...swaps.flatMap(({ windows }, place) => windows.flatMap((span) => local('swaps', place, span))),
    ...leave.flatMap((absence, place) => local('leave', place, absence)),
  ].filter(({ from, to }) => from < to && from < window.to && to > window.from);
}

function holdingOf(spans: readonly Span[]): Holding {
  const places = (kind: Kind) =>
    [...new Set(spans.filter((span) => span.kind === kind).map(({ place }) => place))].sort((a, b) => a - b);
  const [shifts = [], overrides = [], swaps = [], leave = []] = KINDS.map(places);
  return { shifts, overrides, swaps, leave };
}

function byInstant(spans: readonly Span[], at: (span: Span) => number): Map<number, Span[]> {
  const result = new Map<number, Span[]>();
  for (const span of spans) {
    const there = result.get(at(span));
    if (there) there.push(span);
    else result.set(at(span), [span]);
  }
  return result;
}

function append(intervals: OnCallInterval[], next: OnCallInterval): void {
  const last = intervals.at(-1);
  if (last && isSame(last, next)) intervals[intervals.length - 1] = { ...last, to: next.to };
  else intervals.push(next);
}

/** Most neighbours differ, and there may be thousands of hundreds: so not by their texts. */
function isSame(one: OnCall, other: OnCall): boolean {
  if (one.gap !== other.gap || one.members.length !== other.members.length) return false;
  return one.members.every((member, i) => {
    const { memberId, override, shift, layer, swap, leave } = other.members[i]!;
    return (
      member.memberId === memberId &&
      member.override === override &&
      member.shift === shift &&
      member.layer === layer &&
      member.swap?.swap === swap?.swap &&
      member.swap?.insteadOf === swap?.insteadOf &&
      member.leave?.insteadOf === leave?.insteadOf &&
      member.leave?.leaves.join() === leave?.leaves.join()
    );
  });
}
