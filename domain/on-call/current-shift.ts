// The shift at an instant: who is on call, since when, until when, and who then. Where nobody is, that is said, as a shift of nobody.
import { onCallBetween } from './on-call.ts';
import type { OnCall, OnCallInterval, OnCallSchedule } from './on-call-schedule.ts';
import { shiftChanges } from './shift-changes.ts';

const DAY_MS = 86_400_000;
/** What lies further away than a week is nobody's coming shift. */
const REACH_MS = 7 * DAY_MS;

export interface CurrentShift {
  readonly onCall: OnCall;
  /** The last time before it at which somebody came on duty, epoch ms; absent: not within a week. */
  readonly changedAt?: number | undefined;
  /** When others, fewer or nobody are on call, epoch ms; absent: not within a week. */
  readonly to?: number | undefined;
  readonly next?: OnCall | undefined;
}

/** `at` counts to the shift that begins then: what changed just at it is the shift after. */
export function currentShift(schedule: OnCallSchedule, at: number): CurrentShift {
  const changedAt = shiftChanges(schedule, at - REACH_MS, at).at(-1)?.at;
  const [now, ...later] = onCallBetween(schedule, at, at + REACH_MS);
  if (now === undefined) throw new Error('a range of a week has no interval');
  const next = later.find((interval) => peopleOf(interval) !== peopleOf(now));
  return { onCall: now, changedAt, to: next?.from, next };
}

const peopleOf = ({ members }: OnCallInterval): string => members.map(({ memberId }) => memberId).join(' ');
