// How many alerts a shift had. A shift lasts for as long as the same people are on call; alerts of hours in which nobody was are told apart.
import { onCallBetween } from '../on-call/on-call.ts';
import type { OnCallSchedule } from '../on-call/on-call-schedule.ts';

export interface AlertsPerShift {
  readonly shifts: number;
  /** Absent without shifts. */
  readonly perShift?: number | undefined;
  /** Of the busiest. */
  readonly most: number;
  /** Opened while nobody was on call. */
  readonly outside: number;
}

interface Shift {
  readonly people: string;
  readonly from: number;
  readonly to: number;
}

/** All instants epoch ms; `openedAt` in [from, to). Throws RangeError as `onCallBetween`. */
export function alertsPerShift(
  schedule: OnCallSchedule,
  { from, to }: { readonly from: number; readonly to: number },
  openedAt: readonly number[],
): AlertsPerShift {
  const shifts = shiftsOf(schedule, from, to);
  const sorted = openedAt.toSorted((a, b) => a - b);
  let place = 0;
  let outside = 0;
  const counts = shifts.map(() => 0);
  for (const at of sorted) {
    while (place < shifts.length && shifts[place]!.to <= at) place++;
    const shift = shifts[place];
    if (shift && shift.from <= at) counts[place]!++;
    else outside++;
  }
  const inside = sorted.length - outside;
  const perShift = shifts.length === 0 ? undefined : inside / shifts.length;
  return { shifts: shifts.length, perShift, most: counts.reduce((a, b) => Math.max(a, b), 0), outside };
}

function shiftsOf(schedule: OnCallSchedule, from: number, to: number): Shift[] {
  const shifts: Shift[] = [];
  for (const { members, ...interval } of onCallBetween(schedule, from, to)) {
    const people = members.map(({ memberId }) => memberId).join(' ');
    const last = shifts.at(-1);
    if (people === '') continue;
    if (last?.people === people && last.to === interval.from) shifts[shifts.length - 1] = { ...last, to: interval.to };
    else shifts.push({ people, from: interval.from, to: interval.to });
  }
  return shifts;
}
