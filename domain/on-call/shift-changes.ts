// When somebody comes on duty: of all edges of a schedule those at which somebody is on call who was not just before. Whoever goes on
// under another reason (a swap, the next layer) hands nothing over.
import { onCallBetween } from './on-call.ts';
import type { OnCallInterval, OnCallSchedule } from './on-call-schedule.ts';

/** From one coming on duty to the next: a shift as people live it. Instants are epoch ms. */
export interface ShiftChange {
  readonly at: number;
  /** Whoever comes on duty, in the order in which they are called; never empty. */
  readonly comingOn: readonly string[];
}

/**
 * Those in [from, to), in order. Throws RangeError as `onCallBetween`.
 * What is on call just before `from` is looked at too: a range may begin with a change.
 */
export function shiftChanges(schedule: OnCallSchedule, from: number, to: number): ShiftChange[] {
  const intervals = onCallBetween(schedule, from - 1, to);
  return intervals.slice(1).flatMap((interval, index): ShiftChange[] => {
    const before = new Set(membersOf(intervals[index]!));
    const comingOn = membersOf(interval).filter((memberId) => !before.has(memberId));
    return comingOn.length === 0 ? [] : [{ at: interval.from, comingOn }];
  });
}

const membersOf = ({ members }: OnCallInterval): readonly string[] => members.map(({ memberId }) => memberId);
