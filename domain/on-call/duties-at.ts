// Who is on duty, of what holds at one moment: override, else the highest layer in which somebody is left after swaps and leave.
import type { GapCause, OnCall, OnCallMember, OnCallSchedule } from './on-call-schedule.ts';

/** Places in the schedule's lists of what holds at the moment, rising. */
export interface Holding {
  readonly shifts: readonly number[];
  readonly overrides: readonly number[];
  readonly swaps: readonly number[];
  readonly leave: readonly number[];
}

export function dutiesAt(schedule: OnCallSchedule, holding: Holding): OnCall {
  const override = holding.overrides.at(-1);
  if (override !== undefined) {
    const memberIds = schedule.overrides?.[override]?.memberIds ?? [];
    return answer(
      memberIds.map((memberId) => ({ memberId, override })),
      'no_shift',
    );
  }
  const away = whoIsAway(schedule, holding);
  const layers = [...new Set(holding.shifts.map((shift) => layerOf(schedule, shift)))].sort((a, b) => b - a);
  for (const layer of layers) {
    const members = holding.shifts
      .filter((shift) => layerOf(schedule, shift) === layer)
      .flatMap((shift) =>
        (schedule.shifts[shift]?.memberIds ?? []).map((memberId): OnCallMember => ({ memberId, shift, layer })),
      )
      .map((duty) => swapped(schedule, holding, duty))
      .flatMap((duty) => covered(schedule, away, duty));
    if (members.length > 0) return answer(members, 'all_on_leave');
  }
  return answer([], layers.length > 0 ? 'all_on_leave' : 'no_shift');
}

/** Of a shift by its place. */
export const layerOf = (schedule: OnCallSchedule, shift: number): number => schedule.shifts[shift]?.layer ?? 0;

/** Swaps one after the other, in the list's order: each is an exchange of names, so no two duties become one. */
function swapped(schedule: OnCallSchedule, { swaps }: Holding, duty: OnCallMember): OnCallMember {
  let { memberId, swap } = duty;
  for (const place of swaps) {
    const [one, other] = schedule.swaps?.[place]?.memberIds ?? [];
    const taker = memberId === one ? other : memberId === other ? one : undefined;
    if (taker === undefined) continue;
    memberId = taker;
    swap = { swap: place, insteadOf: duty.memberId };
  }
  return swap ? { ...duty, memberId, swap } : duty;
}

/** Each member's first leave of those that hold. */
function whoIsAway(schedule: OnCallSchedule, holding: Holding): ReadonlyMap<string, number> {
  const away = new Map<string, number>();
  for (const place of holding.leave) {
    const memberId = schedule.leave?.[place]?.memberId;
    if (memberId !== undefined && !away.has(memberId)) away.set(memberId, place);
  }
  return away;
}

/** Whoever covers may be away too: then who covers them, and so on. Each leave is followed once, so circles end and work is bounded. */
function covered(schedule: OnCallSchedule, away: ReadonlyMap<string, number>, duty: OnCallMember): OnCallMember[] {
  const followed = new Set<number>();
  const follow = (memberId: string, leaves: readonly number[]): OnCallMember[] => {
    const leave = away.get(memberId);
    if (leave === undefined)
      return [leaves.length === 0 ? duty : { ...duty, memberId, leave: { leaves, insteadOf: duty.memberId } }];
    if (followed.has(leave)) return [];
    followed.add(leave);
    return (schedule.leave?.[leave]?.coveredBy ?? []).flatMap((cover) => follow(cover, [...leaves, leave]));
  };
  return follow(duty.memberId, []);
}

/** Each member once, where first named. */
function answer(members: readonly OnCallMember[], gap: GapCause): OnCall {
  const seen = new Set<string>();
  const once = members.filter(({ memberId }) => !seen.has(memberId) && seen.add(memberId));
  return once.length > 0 ? { members: once } : { members: once, gap };
}
