// What a team should mend in its schedule before it matters. Findings, never refusals: a gap may be meant, and members leave after
// a schedule was taken.
import type { Window } from '../local-day.ts';
import { isHolidayYearKnown } from './china-workday.ts';
import { layerOf } from './duties-at.ts';
import { onCallBetween, type PlannedTimes, plannedTimes } from './on-call.ts';
import type { GapCause, OnCallInterval, OnCallSchedule } from './on-call-schedule.ts';
import { wallClockAt } from './wall-clock.ts';

const DAY_MS = 86_400_000;
/** Whoever has so many to mend begins with these; the pairs of 500 shifts would be 125,000. */
const MAX_OVERLAPS = 100;

/** A present member of the team. */
export interface LintedMember {
  readonly memberId: string;
  /** Whether a notification could reach them on any channel. */
  readonly hasWorkingChannel: boolean;
}

/** Instants are epoch ms; spans are half-open and cut to what was looked at. */
export type ScheduleFinding =
  | ({ readonly kind: 'gap'; readonly cause: GapCause } & Window)
  /** People are planned, but all of them have left or can't be reached. */
  | ({ readonly kind: 'nobody_reachable' } & Window)
  /** Two shifts of one layer at once, where the first time is and how many there are. One is meant to cover: give it a layer. The first 100. */
  | ({ readonly kind: 'overlap'; readonly shifts: readonly [number, number]; readonly count: number } & Window)
  /** On call from `at` although no longer in the team. */
  | { readonly kind: 'member_left'; readonly memberId: string; readonly at: number }
  | { readonly kind: 'member_without_channel'; readonly memberId: string; readonly at: number }
  /** A year whose public holidays aren't published yet, where a shift goes by them. */
  | { readonly kind: 'holidays_unknown'; readonly year: number }
  | { readonly kind: 'shift_unusable'; readonly shift: number };

/** The `days` (at most 399) from `now` on. Throws RangeError for a longer range and for an unknown zone. */
export function lintSchedule(
  schedule: OnCallSchedule,
  members: readonly LintedMember[],
  now: number,
  days = 30,
): ScheduleFinding[] {
  const window = { from: now, to: now + days * DAY_MS };
  const intervals = onCallBetween(schedule, window.from, window.to);
  const planned = plannedTimes(schedule, window);
  return [
    ...planned.unusable.map((shift): ScheduleFinding => ({ kind: 'shift_unusable', shift })),
    ...findGaps(intervals),
    ...findAbsent(intervals, members),
    ...findOverlaps(schedule, planned, window),
    ...findUnknownYears(schedule, window),
  ];
}

function findGaps(intervals: readonly OnCallInterval[]): ScheduleFinding[] {
  return intervals.flatMap(({ from, to, gap }) => (gap === undefined ? [] : [{ kind: 'gap', cause: gap, from, to }]));
}

function findAbsent(intervals: readonly OnCallInterval[], members: readonly LintedMember[]): ScheduleFinding[] {
  const known = new Map(members.map((member) => [member.memberId, member.hasWorkingChannel]));
  const named = new Set<string>();
  const findings: ScheduleFinding[] = [];
  const unreachable: (Window & { readonly kind: 'nobody_reachable' })[] = [];
  for (const { members: onCall, from, to } of intervals) {
    for (const { memberId } of onCall) {
      if (named.has(memberId) || known.get(memberId)) continue;
      named.add(memberId);
      findings.push({ kind: known.has(memberId) ? 'member_without_channel' : 'member_left', memberId, at: from });
    }
    if (onCall.length === 0 || onCall.some(({ memberId }) => known.get(memberId))) continue;
    const last = unreachable.at(-1);
    if (last?.to === from) unreachable[unreachable.length - 1] = { ...last, to };
    else unreachable.push({ kind: 'nobody_reachable', from, to });
  }
  return [...unreachable, ...findings];
}

function findOverlaps(schedule: OnCallSchedule, planned: PlannedTimes, window: Window): ScheduleFinding[] {
  const found = new Map<string, Extract<ScheduleFinding, { kind: 'overlap' }>>();
  let running: (Window & { readonly shift: number })[] = [];
  const times = [...planned.times].sort((a, b) => a.from - b.from);
  for (const time of times) {
    running = running.filter(({ to }) => to > time.from);
    for (const other of running) {
      if (other.shift === time.shift || layerOf(schedule, other.shift) !== layerOf(schedule, time.shift)) continue;
      const shifts = [Math.min(other.shift, time.shift), Math.max(other.shift, time.shift)] as const;
      const span = { from: Math.max(time.from, window.from), to: Math.min(time.to, other.to, window.to) };
      const before = found.get(shifts.join());
      found.set(
        shifts.join(),
        before ? { ...before, count: before.count + 1 } : { kind: 'overlap', shifts, count: 1, ...span },
      );
    }
    running.push(time);
  }
  return [...found.values()].slice(0, MAX_OVERLAPS);
}

function findUnknownYears(schedule: OnCallSchedule, window: Window): ScheduleFinding[] {
  if (schedule.shifts.every(({ on = 'every' }) => on === 'every')) return [];
  const yearOf = (at: number) => new Date(wallClockAt(at, schedule.timeZone)).getUTCFullYear();
  const years = new Set([yearOf(window.from), yearOf(window.to - 1)]);
  return [...years].flatMap((year) => (isHolidayYearKnown(year) ? [] : [{ kind: 'holidays_unknown', year }]));
}
