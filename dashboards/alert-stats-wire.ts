// The figures of a team's alerts as the API answers them. What each counts is in docs/architecture.md.
import Type, { type TProperties } from 'typebox';
import type { AlertFigures, Delay, MemberFigures, Usefulness } from '../domain/alerts/alert-figures.ts';
import { OUTCOMES } from '../domain/alerts/alert-life.ts';
import type { AlertsPerShift, MemberShifts } from '../domain/alerts/alerts-per-shift.ts';
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
const PerShift = Optional(Type.Number({ description: 'Absent where there is no shift to count over.' }));
const Row = <T extends TProperties>(properties: T) =>
  Type.Object({ ...properties, timeToAcknowledge: DelayWire, timeToResolve: DelayWire });
const PerPatientWeek = Optional(Type.Number({ description: 'From one patient-week on.' }));

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
  bySeverity: Type.Array(Row({ severity: Type.Enum([...SEVERITIES]), alerts: Count }), {
    description: 'By the highest severity an alert ever had.',
  }),
  patientWeeks: Type.Number(),
  perPatientWeek: PerPatientWeek,
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
  byRule: Type.Array(
    Row({
      ...{ ruleId: Type.String(), alerts: Count, ...USEFULNESS },
      perPatientWeek: PerPatientWeek,
      perShift: PerShift,
    }),
  ),
  membersShown: Type.Enum(['all', 'caller']),
  byMember: Type.Array(
    Row({
      userId: Optional(Type.String({ format: 'uuid', description: 'Absent for who doesn’t sign in.' })),
      ...{ memberId: Optional(Uuid), name: Optional(Type.String()), taken: Count, resolved: Count, ...USEFULNESS },
      shifts: Optional(Type.Integer({ minimum: 1, description: 'Their own; absent for who had none.' })),
      perShift: PerShift,
    }),
    {
      description:
        'Of what they took over the time until then; of what they closed the time until then, and whether it was worth it. Everybody’s for whoever may configure the team, else the caller’s own.',
    },
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
  // Of patients who came an hour ago a rate a week says nothing.
  const perPatientWeek = (alerts: number) => (patientWeeks >= 1 ? rounded(alerts / patientWeeks) : undefined);
  return {
    teamId,
    from: formatInstant(from),
    to: formatInstant(to),
    ...counts,
    ...timesOf({ timeToAcknowledge, timeToResolve }),
    outcomes: { ...figures.outcomes },
    bySeverity: bySeverity.map((row) => ({ ...row, ...timesOf(row) })),
    patientWeeks: rounded(patientWeeks),
    perPatientWeek: perPatientWeek(figures.alerts),
    shifts: shifts && toShifts(shifts),
    ...usefulnessOf(figures),
    messagesPerAlert: maybeRounded(figures.messagesPerAlert),
    escalatedPercent: maybeRounded(figures.escalatedPercent),
    byRule: byRule.map((row) => ({
      ...row,
      ...usefulnessOf(row),
      ...timesOf(row),
      perPatientWeek: perPatientWeek(row.alerts),
      perShift: maybeRounded(shifts?.byRule.get(row.ruleId)),
    })),
    membersShown: whom.onlyUserId === undefined ? ('all' as const) : ('caller' as const),
    byMember: withShifts(byMember, whom.members, shifts?.byMember ?? new Map())
      .filter(({ userId }) => whom.onlyUserId === undefined || userId === whom.onlyUserId)
      .map((row) => ({ ...row, ...usefulnessOf(row), ...timesOf(row), perShift: maybeRounded(row.perShift) })),
  };
}

const toShifts = ({ shifts, perShift, most, outside }: AlertsPerShift) => ({
  ...{ shifts, most, outside },
  perShift: maybeRounded(perShift),
});

type MemberRow = Omit<MemberFigures, 'userId'> &
  Partial<MemberShifts> & { readonly userId?: string | undefined; readonly memberId?: string; readonly name?: string };

const NOTHING: Omit<MemberFigures, 'userId'> = {
  ...{ taken: 0, resolved: 0, judged: 0, useful: 0 },
  timeToAcknowledge: { count: 0 },
  timeToResolve: { count: 0 },
};

/** Whoever handled an alert, and after them whoever was on call and handled none. Of who handles alerts from elsewhere no name is known. */
function withShifts(
  figures: readonly MemberFigures[],
  members: readonly OnCallTeamMember[],
  shifts: AlertsPerShift['byMember'],
): MemberRow[] {
  const handled = figures.map((row): MemberRow => {
    const { memberId, name } = members.findLast(({ userId }) => userId === row.userId) ?? {};
    return { ...row, memberId, name, ...(memberId === undefined ? {} : shifts.get(memberId)) };
  });
  const others = members.filter(({ userId }) => !figures.some((row) => row.userId === userId));
  return [
    ...handled,
    ...others.flatMap(({ memberId, userId, name }): MemberRow[] => {
      const own = shifts.get(memberId);
      return own ? [{ ...NOTHING, userId, memberId, name, ...own }] : [];
    }),
  ];
}

const timesOf = (times: { readonly timeToAcknowledge: Delay; readonly timeToResolve: Delay }) => ({
  timeToAcknowledge: toDelay(times.timeToAcknowledge),
  timeToResolve: toDelay(times.timeToResolve),
});

const toDelay = ({ count, medianSeconds, p90Seconds }: Delay) => ({
  count,
  medianSeconds: maybeRounded(medianSeconds),
  p90Seconds: maybeRounded(p90Seconds),
});

const usefulnessOf = ({ judged, useful, usefulPercent }: Usefulness) => ({
  judged,
  useful,
  usefulPercent: maybeRounded(usefulPercent),
});

const rounded = (value: number): number => Number(value.toFixed(3));
const maybeRounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : rounded(value);
