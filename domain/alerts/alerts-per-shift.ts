// How many alerts a shift had. A shift of the team lasts for as long as the same people are on call, one of a member for as long as they
// are, whoever else is; alerts of hours in which nobody was are told apart.
import { onCallBetween } from '../on-call/on-call.ts';
import type { OnCallInterval, OnCallSchedule } from '../on-call/on-call-schedule.ts';

export interface OpenedAlert {
  /** Epoch ms. */
  readonly openedAt: number;
  readonly ruleIds: readonly string[];
}

export interface MemberShifts {
  readonly shifts: number;
  readonly perShift: number;
}

export interface AlertsPerShift {
  readonly shifts: number;
  /** Absent without shifts. */
  readonly perShift?: number | undefined;
  /** Of the busiest. */
  readonly most: number;
  /** Opened while nobody was on call. */
  readonly outside: number;
  /** Of each of the alerts' rules over all shifts of the team; empty without shifts. */
  readonly byRule: ReadonlyMap<string, number>;
  /** By member, of whoever was on call. */
  readonly byMember: ReadonlyMap<string, MemberShifts>;
}

/** All instants epoch ms; the alerts opened in [from, to). Throws RangeError as `onCallBetween`. */
export function alertsPerShift(
  schedule: OnCallSchedule,
  { from, to }: { readonly from: number; readonly to: number },
  alerts: readonly OpenedAlert[],
): AlertsPerShift {
  const intervals = onCallBetween(schedule, from, to).filter(({ members }) => members.length > 0);
  const inEach = shareOut(alerts, intervals);
  const counts = countByShift(intervals, inEach);
  const shifts = counts.length;
  const inside = counts.reduce((a, b) => a + b, 0);
  return {
    shifts,
    perShift: shifts === 0 ? undefined : inside / shifts,
    most: counts.reduce((a, b) => Math.max(a, b), 0),
    outside: alerts.length - inside,
    byRule: shifts === 0 ? new Map() : perShiftOfRules(alerts, inEach.flat(), shifts),
    byMember: shiftsOfMembers(intervals, inEach),
  };
}

/** Of each interval those that were opened in it. */
function shareOut(alerts: readonly OpenedAlert[], intervals: readonly OnCallInterval[]): OpenedAlert[][] {
  const inEach = intervals.map((): OpenedAlert[] => []);
  let place = 0;
  for (const alert of alerts.toSorted((a, b) => a.openedAt - b.openedAt)) {
    while (place < intervals.length && intervals[place]!.to <= alert.openedAt) place++;
    if (place < intervals.length && intervals[place]!.from <= alert.openedAt) inEach[place]!.push(alert);
  }
  return inEach;
}

/** How many alerts each shift of the team had, in order. */
function countByShift(intervals: readonly OnCallInterval[], inEach: readonly OpenedAlert[][]): number[] {
  const counts: number[] = [];
  for (const [place, interval] of intervals.entries()) {
    const before = intervals[place - 1];
    if (before?.to === interval.from && peopleOf(before) === peopleOf(interval))
      counts[counts.length - 1]! += inEach[place]!.length;
    else counts.push(inEach[place]!.length);
  }
  return counts;
}

const peopleOf = ({ members }: OnCallInterval): string => members.map(({ memberId }) => memberId).join(' ');

function perShiftOfRules(
  alerts: readonly OpenedAlert[],
  inside: readonly OpenedAlert[],
  shifts: number,
): ReadonlyMap<string, number> {
  const counts = new Map(alerts.flatMap(({ ruleIds }) => ruleIds.map((ruleId) => [ruleId, 0])));
  for (const { ruleIds } of inside) for (const ruleId of ruleIds) counts.set(ruleId, (counts.get(ruleId) ?? 0) + 1);
  return new Map([...counts].map(([ruleId, count]) => [ruleId, count / shifts]));
}

function shiftsOfMembers(
  intervals: readonly OnCallInterval[],
  inEach: readonly OpenedAlert[][],
): ReadonlyMap<string, MemberShifts> {
  const running = new Map<string, { shifts: number; alerts: number; to: number }>();
  for (const [place, { members, from, to }] of intervals.entries())
    for (const { memberId } of members) {
      const { shifts, alerts, to: last } = running.get(memberId) ?? { shifts: 0, alerts: 0, to: undefined };
      const isNext = last !== from;
      running.set(memberId, { shifts: shifts + (isNext ? 1 : 0), alerts: alerts + inEach[place]!.length, to });
    }
  return new Map(
    [...running].map(([memberId, { shifts, alerts }]) => [memberId, { shifts, perShift: alerts / shifts }]),
  );
}
