// The figures of a team's alerts as the API answers them. What each counts is in docs/architecture.md.
import Type, { type TProperties } from 'typebox';
import type { AlertFigures, Delay, Usefulness } from '../domain/alerts/alert-figures.ts';
import { OUTCOMES } from '../domain/alerts/alert-life.ts';
import type { AlertsPerShift } from '../domain/alerts/alerts-per-shift.ts';
import { SEVERITIES } from '../domain/rules/rule.ts';
import type { OnCallTeamMember } from '../storage/registry/on-call-team.ts';
import { formatInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;
const Count = Type.Integer({ minimum: 0 });
const Percent = Type.Number({ minimum: 0, maximum: 100 });

const DelayWire = Type.Object(
  { count: Count, medianSeconds: Optional(Type.Number()), p90Seconds: Optional(Type.Number()) },
  { description: '`count`: of how many alerts. From the alert’s opening.' },
);
const USEFULNESS = {
  judged: Type.Integer({ minimum: 0, description: 'Closed by a person, with an outcome.' }),
  useful: Count,
  usefulPercent: Optional(Percent),
};
const Row = <T extends TProperties>(properties: T) => Type.Object({ ...properties, timeToAcknowledge: DelayWire });

export const AlertStatsWire = Type.Object({
  teamId: Uuid,
  from: InstantOut,
  to: InstantOut,
  alerts: Count,
  tests: Type.Integer({ minimum: 0, description: 'Trials; in no other figure.' }),
  retrospective: Type.Integer({ minimum: 0, description: 'Over before anybody could be told; in no other figure.' }),
  open: Count,
  neverTaken: Type.Integer({ minimum: 0, description: 'Nobody has taken over or closed, yet or ever.' }),
  resolved: Count,
  closedThemselves: Count,
  expired: Count,
  timeToAcknowledge: DelayWire,
  timeToResolve: DelayWire,
  bySeverity: Type.Array(Row({ severity: Type.Enum([...SEVERITIES]), alerts: Count, timeToResolve: DelayWire }), {
    description: 'By the highest severity an alert ever had.',
  }),
  patientWeeks: Type.Number(),
  perPatientWeek: Optional(Type.Number({ description: 'From one patient-week on.' })),
  shifts: Optional(
    Type.Object(
      { shifts: Count, perShift: Optional(Type.Number()), most: Count, outside: Count },
      { description: 'By the present schedule; absent where the team has none.' },
    ),
  ),
  ...USEFULNESS,
  outcomes: Type.Partial(Type.Object(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, Count])))),
  messagesPerAlert: Optional(Type.Number()),
  escalated: Count,
  escalatedPercent: Optional(Percent),
  byRule: Type.Array(Row({ ruleId: Type.String(), alerts: Count, ...USEFULNESS })),
  membersShown: Type.Enum(['all', 'caller']),
  byMember: Type.Array(
    Row({ userId: Uuid, memberId: Optional(Uuid), name: Optional(Type.String()), taken: Count, resolved: Count }),
    { description: 'Everybody’s for whoever may configure the team, else the caller’s own.' },
  ),
});

export interface AlertStats {
  readonly teamId: string;
  readonly from: number;
  readonly to: number;
  readonly figures: AlertFigures;
  readonly patientWeeks: number;
  readonly shifts?: AlertsPerShift | undefined;
  /** Present and former. */
  readonly members: readonly OnCallTeamMember[];
  /** Absent: everybody is shown. */
  readonly onlyUserId?: string | undefined;
}

export function toAlertStatsWire({ teamId, from, to, figures, patientWeeks, shifts, ...whom }: AlertStats) {
  const { bySeverity, byRule, byMember, timeToAcknowledge, timeToResolve, ...counts } = figures;
  return {
    teamId,
    from: formatInstant(from),
    to: formatInstant(to),
    ...counts,
    ...timesOf({ timeToAcknowledge, timeToResolve }),
    outcomes: { ...figures.outcomes },
    bySeverity: bySeverity.map((row) => ({ ...row, ...timesOf(row) })),
    patientWeeks: rounded(patientWeeks),
    // Of patients who came an hour ago a rate a week says nothing.
    perPatientWeek: patientWeeks >= 1 ? rounded(figures.alerts / patientWeeks) : undefined,
    shifts: shifts && { ...shifts, perShift: shifts.perShift === undefined ? undefined : rounded(shifts.perShift) },
    ...usefulnessOf(figures),
    messagesPerAlert: figures.messagesPerAlert === undefined ? undefined : rounded(figures.messagesPerAlert),
    escalatedPercent: figures.escalatedPercent === undefined ? undefined : rounded(figures.escalatedPercent),
    byRule: byRule.map((row) => ({ ...row, ...usefulnessOf(row), timeToAcknowledge: toDelay(row.timeToAcknowledge) })),
    membersShown: whom.onlyUserId === undefined ? ('all' as const) : ('caller' as const),
    byMember: byMember
      .filter(({ userId }) => whom.onlyUserId === undefined || userId === whom.onlyUserId)
      .map((row) => ({ ...row, ...nameOf(row.userId, whom), timeToAcknowledge: toDelay(row.timeToAcknowledge) })),
  };
}

/** Of who handles the team's alerts from elsewhere no name is known. */
function nameOf(userId: string, { members }: Pick<AlertStats, 'members'>) {
  const { memberId, name } = members.findLast((member) => member.userId === userId) ?? {};
  return { memberId, name };
}

const timesOf = (times: { readonly timeToAcknowledge: Delay; readonly timeToResolve: Delay }) => ({
  timeToAcknowledge: toDelay(times.timeToAcknowledge),
  timeToResolve: toDelay(times.timeToResolve),
});

const toDelay = ({ count, medianSeconds, p90Seconds }: Delay) => ({
  count,
  medianSeconds: medianSeconds === undefined ? undefined : rounded(medianSeconds),
  p90Seconds: p90Seconds === undefined ? undefined : rounded(p90Seconds),
});

const usefulnessOf = ({ judged, useful, usefulPercent }: Usefulness) => ({
  judged,
  useful,
  usefulPercent: usefulPercent === undefined ? undefined : rounded(usefulPercent),
});

const rounded = (value: number): number => Number(value.toFixed(3));
