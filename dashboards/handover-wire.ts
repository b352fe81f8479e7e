// What is handed over to whoever comes on duty, as the API answers it. Ids and codes; names of the team's people only.
import Type from 'typebox';
import { ALERT_STATES } from '../domain/alerts/alert-life.ts';
import { TARGET_KINDS } from '../domain/alerts/escalation-policy.ts';
import { type CurrentShift, currentShift } from '../domain/on-call/current-shift.ts';
import type { OnCall } from '../domain/on-call/on-call-schedule.ts';
import { CONDITIONS, SEVERITIES } from '../domain/rules/rule.ts';
import type { HandedAlert, Handover } from '../storage/alerts/read-handover.ts';
import { WATCH_REASONS } from '../storage/alerts/read-watched-patients.ts';
import type { OnCallTeam } from '../storage/registry/on-call-team.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;
const Count = Type.Integer({ minimum: 0 });

const OnDuty = Type.Array(
  Type.Object({ memberId: Uuid, name: Optional(Type.String()), role: Optional(Type.String()) }),
  { description: 'In the order in which they are called; empty: nobody.' },
);
const Gap = Type.Enum(['no_shift', 'all_on_leave'], { description: 'Why nobody is on call.' });

const HandedAlertWire = Type.Object({
  alertId: Uuid,
  patientId: Uuid,
  condition: Type.Enum([...CONDITIONS]),
  direction: Type.Enum(['low', 'high', 'none']),
  severity: Type.Enum([...SEVERITIES]),
  state: Type.Enum([...ALERT_STATES]),
  signal: Type.Enum(['firing', 'cleared']),
  openedAt: InstantOut,
  openForMin: Type.Integer({ minimum: 0 }),
  snoozedUntil: Optional(InstantOut),
  owner: Optional(Type.Object({ userId: Uuid, memberId: Optional(Uuid), name: Optional(Type.String()) })),
  next: Optional(
    Type.Object(
      {
        at: InstantOut,
        reason: Type.String({ description: 'What its timer does then, e.g. escalation_step, repeat_interval.' }),
        targets: Optional(
          Type.Array(
            Type.Object({
              kind: Type.Enum([...TARGET_KINDS]),
              role: Optional(Type.String()),
              memberId: Optional(Uuid),
            }),
            { description: 'Whom the step is for that is taken then.' },
          ),
        ),
      },
      { description: 'Absent: time alone changes nothing.' },
    ),
  ),
});

export const HandoverWire = Type.Object({
  teamId: Uuid,
  at: InstantOut,
  timeZone: Type.String(),
  onCall: Type.Object({
    basis: Type.Enum(['schedule', 'every_member'], { description: '`every_member`: the team has no schedule.' }),
    members: OnDuty,
    gap: Optional(Gap),
    until: Optional(Type.String({ format: 'date-time', description: 'Absent: no change within a week.' })),
    next: Optional(Type.Object({ members: OnDuty, gap: Optional(Gap) })),
  }),
  alerts: Type.Array(HandedAlertWire, { description: 'Not closed, worst first; the first 200.' }),
  totals: Type.Object({ alerts: Count, urgent: Count, unowned: Count, snoozesEnding: Count, watch: Count }),
  snoozesEnding: Type.Array(HandedAlertWire, { description: 'Within the shift; 12 h where there is none.' }),
  watch: Type.Array(
    Type.Object({
      patientId: Uuid,
      reasons: Type.Array(Type.Enum([...WATCH_REASONS])),
      alertId: Optional(Uuid),
      risks: Type.Array(Type.String(), { description: 'Codes, the weightiest first.' }),
    }),
    { description: 'The first 50.' },
  ),
  since: Type.Object(
    {
      from: InstantOut,
      opened: Count,
      urgent: Count,
      acknowledged: Count,
      resolved: Count,
      closedThemselves: Count,
      expired: Count,
      retrospective: Count,
    },
    { description: 'Since the last shift change before `at`; 12 h where there was none within a week.' },
  ),
});

/** How far one looks where no schedule says when a shift begins or ends. */
const HALF_DAY_MS = 12 * 3_600_000;

export interface HandoverWindow {
  readonly shift?: CurrentShift | undefined;
  readonly since: number;
  readonly until: number;
}

export function handoverWindow({ schedule }: Pick<OnCallTeam, 'schedule'>, at: number): HandoverWindow {
  const shift = schedule && currentShift(schedule, at);
  return { shift, since: shift?.changedAt ?? at - HALF_DAY_MS, until: shift?.to ?? at + HALF_DAY_MS };
}

export function toHandoverWire(
  { teamId, at }: { readonly teamId: string; readonly at: number },
  team: OnCallTeam,
  { shift, since }: HandoverWindow,
  handover: Handover,
) {
  const { alertsTotal, urgentTotal, unownedTotal, watchedTotal, snoozesEnding } = handover;
  return {
    teamId,
    at: formatInstant(at),
    timeZone: team.timeZone,
    onCall: shift ? toShiftWire(shift, team) : { basis: 'every_member' as const, members: everyMember(team) },
    alerts: handover.alerts.map((alert) => toHandedAlertWire(alert, at)),
    totals: {
      alerts: alertsTotal,
      urgent: urgentTotal,
      unowned: unownedTotal,
      snoozesEnding: snoozesEnding.length,
      watch: watchedTotal,
    },
    snoozesEnding: snoozesEnding.map((alert) => toHandedAlertWire(alert, at)),
    watch: handover.watched.map(({ patientId, reasons, alertId, risks }) => ({
      patientId,
      reasons: [...reasons],
      alertId,
      risks: [...risks],
    })),
    since: { from: formatInstant(since), ...handover.since },
  };
}

const everyMember = ({ members }: OnCallTeam) =>
  members.filter(({ present }) => present).map(({ memberId, name, role }) => ({ memberId, name, role }));

function toShiftWire({ onCall, to, next }: CurrentShift, team: OnCallTeam) {
  return {
    basis: 'schedule' as const,
    ...onDuty(onCall, team),
    until: formatOptionalInstant(to),
    ...(next && { next: onDuty(next, team) }),
  };
}

function onDuty({ members, gap }: OnCall, team: OnCallTeam) {
  const known = new Map(team.members.map((member) => [member.memberId, member]));
  return {
    members: members.map(({ memberId }) => {
      const { name, role } = known.get(memberId) ?? {};
      return { memberId, name, role };
    }),
    gap,
  };
}

function toHandedAlertWire(alert: HandedAlert, at: number) {
  const { patientKey: _, dueAt, dueReason, escalation, openedAt, snoozedUntil, owner, ...rest } = alert;
  const { steps = [], next = 0, nextAt = Number.POSITIVE_INFINITY } = escalation ?? {};
  // Whoever was told is reminded and the next step taken at one go, where both are due.
  const goesOn = dueReason === 'escalation_step' || dueReason === 'repeat_interval';
  const step = goesOn && nextAt <= (dueAt ?? 0) ? steps[next] : undefined;
  return {
    ...rest,
    openedAt: formatInstant(openedAt),
    openForMin: Math.max(0, Math.floor((at - openedAt) / 60_000)),
    snoozedUntil: formatOptionalInstant(snoozedUntil),
    owner: owner && { ...owner },
    ...(dueAt !== undefined && {
      next: {
        at: formatInstant(dueAt),
        reason: dueReason ?? 'review',
        targets: step?.targets.map((target) => ({ ...target })),
      },
    }),
  };
}
