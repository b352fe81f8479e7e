// COUNT as the last time it counts to, once, when a schedule is taken: whoever asks about an instant then need not count.
import type { OnCallPlan, Shift } from './on-call-schedule.ts';
import { partsOf } from './recurrence-steps.ts';
import { startsOf } from './shift-starts.ts';
import { formatWallClock, parseWallClock } from './wall-clock.ts';

const DAY_MS = 86_400_000;
/** Ten years of every day. */
export const LONGEST_COUNT_DAYS = 3660;
const FIRST_LOOK_DAYS = 61;

/** The same plan with UNTIL, in the schedule's own wall clock, wherever there was COUNT; it is one that `checkSchedule` takes. */
export function endCounts<T extends OnCallPlan>(plan: T): T {
  return { ...plan, shifts: plan.shifts.map((shift) => endCount(shift) ?? shift) };
}

/** Undefined where the shift hasn't taken place so often within LONGEST_COUNT_DAYS. Throws UnusableShift. */
export function endCount(shift: Shift): Shift | undefined {
  const { rrule } = shift;
  const count = rrule === undefined ? undefined : countOf(rrule);
  if (rrule === undefined || count === undefined) return shift;
  const endless = withoutCount(rrule);
  const last = nthStart({ ...shift, rrule: endless }, count);
  if (last === undefined) return undefined;
  return { ...shift, rrule: `${endless};UNTIL=${formatWallClock(last).replace(/[-:]/g, '')}00` };
}

/** Undefined where the rule has no COUNT. */
export function countOf(rrule: string): number | undefined {
  const { COUNT } = partsOf(rrule);
  return COUNT === undefined ? undefined : Number(COUNT);
}

const withoutCount = (rrule: string): string =>
  rrule
    .split(';')
    .filter((part) => !part.startsWith('COUNT='))
    .join(';');

/** COUNT counts what the rule names, whatever days the shift is for. Looks ever further, so that few times cost little. */
function nthStart(shift: Shift, count: number): number | undefined {
  const first = parseWallClock(shift.from);
  for (let days = FIRST_LOOK_DAYS, from = first; ; days *= 4) {
    const to = first + Math.min(days, LONGEST_COUNT_DAYS) * DAY_MS;
    const starts = startsOf({ ...shift, on: 'every' }, first, from, to);
    if (starts.length >= count) return starts[count - 1];
    if (days >= LONGEST_COUNT_DAYS) return undefined;
    count -= starts.length;
    from = to + 1;
  }
}
