// What whoever comes on duty has to know of a team: what is open, what will be due, whom to watch, what has happened. Bounded: lists are
// cut, and their totals said. Trials are no part of it.
import type { AlertSignal, AlertState } from '../../domain/alerts/alert-life.ts';
import type { Escalation } from '../../domain/alerts/escalation.ts';
import type { Condition, Direction, Severity } from '../../domain/rules/rule.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';
import { readWatchedPatients, type WatchedPatient } from './read-watched-patients.ts';

const MOST_ALERTS = 200;

export interface HandedAlert {
  readonly alertId: string;
  readonly patientId: string;
  /** For the audit of who opened whose data. */
  readonly patientKey: number;
  readonly condition: Condition;
  readonly direction: Direction;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly signal: AlertSignal;
  readonly openedAt: number;
  readonly snoozedUntil?: number | undefined;
  /** Whoever took it over. */
  readonly owner?: { readonly userId: string; readonly memberId?: string; readonly name?: string } | undefined;
  /** The next moment at which time alone changes something, and what. */
  readonly dueAt?: number | undefined;
  readonly dueReason?: string | undefined;
  readonly escalation?: Escalation | undefined;
}

export interface ShiftCounts {
  readonly opened: number;
  readonly urgent: number;
  readonly acknowledged: number;
  /** By people, with an outcome. */
  readonly resolved: number;
  /** Over without anybody. */
  readonly closedThemselves: number;
  /** Urgent ones that nobody reviewed for a week. */
  readonly expired: number;
  /** Over before anybody could be told. */
  readonly retrospective: number;
}

export interface Handover {
  /** Worst first. */
  readonly alerts: readonly HandedAlert[];
  readonly alertsTotal: number;
  readonly urgentTotal: number;
  /** Of urgent ones: firing, and nobody has taken them over. */
  readonly unownedTotal: number;
  /** Soonest first. */
  readonly snoozesEnding: readonly HandedAlert[];
  readonly watched: readonly WatchedPatient[];
  readonly watchedTotal: number;
  /** Without those who are only at risk. */
  readonly pressingTotal: number;
  readonly since: ShiftCounts;
}

export interface HandoverQuestion {
  readonly teamId: string;
  /** Epoch ms, as all of these. */
  readonly at: number;
  /** Of what has happened. */
  readonly since: number;
  /** Snoozes that end by then. */
  readonly until: number;
}

export async function readHandover(db: Queryable, question: HandoverQuestion): Promise<Handover> {
  const { teamId, at, since, until } = question;
  const { alerts, ...totals } = await readUnclosed(db, teamId);
  const { patients, total, pressing } = await readWatchedPatients(db, teamId, at);
  return {
    alerts,
    ...totals,
    snoozesEnding: await readSnoozesEnding(db, teamId, at, until),
    watched: patients,
    watchedTotal: total,
    pressingTotal: pressing,
    since: await countSince(db, teamId, since, at),
  };
}

const ALERT = `
  select a.alert_id as "alertId", p.patient_id as "patientId", a.patient_key as "patientKey", a.condition, a.direction, a.severity, a.state,
    a.signal, a.opened_at as "openedAt", case when a.state = 'snoozed' then a.snoozed_until end as "snoozedUntil",
    a.due_at as "dueAt", a.due_reason as "dueReason", a.escalation,
    case when a.acknowledged_by is not null then json_strip_nulls(json_build_object('userId', a.acknowledged_by, 'memberId', m.member_id, 'name', m.name)) end as owner`;
const OF_TEAM = `
  from alerts a join patients p using (patient_key)
    left join lateral (
      select member_id, name from members m where m.user_id = a.acknowledged_by and m.team_id = a.team_id order by m.left_at desc nulls first limit 1) m on true
  where a.team_id = $1 and a.state in ('open', 'acknowledged', 'snoozed') and not a.test`;

interface UnclosedRow extends HandedAlert {
  readonly total: number;
  readonly urgent: number;
  readonly unowned: number;
}

async function readUnclosed(db: Queryable, teamId: string) {
  const { rows } = await db.query<UnclosedRow>({
    name: 'handover-alerts',
    text: `${ALERT}, count(*) over ()::int as total,
        count(*) filter (where a.severity in ('critical', 'emergency')) over ()::int as urgent,
        count(*) filter (where a.severity in ('critical', 'emergency') and a.state = 'open' and a.signal = 'firing') over ()::int as unowned
      ${OF_TEAM}
      order by array_position(array['emergency', 'critical', 'warning', 'info'], a.severity), a.signal <> 'firing', a.state <> 'open', a.opened_at, a.alert_id
      limit ${MOST_ALERTS}`,
    values: [teamId],
  });
  const { total = 0, urgent = 0, unowned = 0 } = rows[0] ?? {};
  const alerts = rows.map(({ total: _, urgent: __, unowned: ___, ...alert }): HandedAlert => dropNulls(alert));
  return { alerts, alertsTotal: total, urgentTotal: urgent, unownedTotal: unowned };
}

async function readSnoozesEnding(db: Queryable, teamId: string, at: number, until: number): Promise<HandedAlert[]> {
  const { rows } = await db.query<HandedAlert>({
    name: 'handover-snoozes',
    text: `${ALERT} ${OF_TEAM} and a.state = 'snoozed' and a.snoozed_until > $2 and a.snoozed_until <= $3
      order by a.snoozed_until, a.alert_id limit ${MOST_ALERTS}`,
    values: [teamId, at, until],
  });
  return rows.map(dropNulls);
}

/** What was acknowledged within is unclosed still, or was closed within. */
const COUNT = `
  with opened as (
    select peak_severity, state from alerts
    where team_id = $1 and opened_at >= $2 and opened_at < $3 and not test and withdrawn_at is null),
  closed as (
    select state, outcome, acknowledged_at from alerts
    where team_id = $1 and closed_at >= $2 and closed_at < $3 and not test and withdrawn_at is null),
  owned as (
    select acknowledged_at from closed
    union all select acknowledged_at from alerts where team_id = $1 and state in ('open', 'acknowledged', 'snoozed') and not test)
  select
    (select count(*) from opened where state <> 'retrospective')::int as opened,
    (select count(*) from opened where state <> 'retrospective' and peak_severity in ('critical', 'emergency'))::int as urgent,
    (select count(*) from owned where acknowledged_at >= $2 and acknowledged_at < $3)::int as acknowledged,
    (select count(*) from closed where state = 'resolved' and outcome is not null)::int as resolved,
    (select count(*) from closed where state = 'resolved' and outcome is null)::int as "closedThemselves",
    (select count(*) from closed where state = 'expired')::int as expired,
    (select count(*) from closed where state = 'retrospective')::int as retrospective`;

async function countSince(db: Queryable, teamId: string, from: number, to: number): Promise<ShiftCounts> {
  const { rows } = await db.query<ShiftCounts>({ name: 'handover-since', text: COUNT, values: [teamId, from, to] });
  return rows[0]!;
}
