// Alerts as the API lists them, newest first, within the teams somebody may see.
import type { Pool } from 'pg';
import type { AlertSignal, AlertState } from '../../domain/alerts/alert-life.ts';
import { type Ownership, outcomeDue } from '../../domain/alerts/outcome-due.ts';
import type { Condition, Direction, Explanation, Severity } from '../../domain/rules/rule.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface ListedReason {
  readonly ruleId: string;
  readonly episodeId: string;
  readonly severity: Severity;
  readonly firing: boolean;
  readonly joinedAt: number;
  readonly clearedAt?: number | undefined;
  readonly episodeStartAt: number;
  readonly episodeEndAt?: number | undefined;
  readonly explanation: Explanation;
}

/** Instants are epoch ms. */
export interface ListedAlert {
  readonly alertId: string;
  /** Absent of a test that is for nobody in particular. */
  readonly patientId?: string | undefined;
  /** For the audit of who opened whose data; never part of an answer. */
  readonly patientKey: number;
  /** Absent while nobody is responsible for the patient. */
  readonly teamId?: string | undefined;
  readonly condition: Condition;
  readonly direction: Direction;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly signal: AlertSignal;
  readonly reasons: readonly ListedReason[];
  readonly openedAt: number;
  readonly clearedAt?: number | undefined;
  readonly acknowledgedAt?: number | undefined;
  readonly acknowledgedBy?: string | undefined;
  /** While somebody owns it: when they are asked what became of it. */
  readonly outcomeDueAt?: number | undefined;
  /** They have been asked: when it is nobody's again. */
  readonly lapsesAt?: number | undefined;
  readonly snoozedUntil?: number | undefined;
  readonly closedAt?: number | undefined;
  readonly outcome?: string | undefined;
  readonly previousAlertId?: string | undefined;
  readonly test: boolean;
}

export interface AlertFilter {
  /** Teams whose alerts may be seen; undefined: all, also those without a team. */
  readonly teams?: readonly string[] | undefined;
  readonly states?: readonly AlertState[] | undefined;
  readonly patientId?: string | undefined;
  readonly teamId?: string | undefined;
  /** Where the last page ended. */
  readonly after?: AlertCursor | undefined;
  readonly limit: number;
}

export interface AlertCursor {
  readonly openedAt: number;
  readonly alertId: string;
}

const ALERT = `
  select a.alert_id as "alertId", p.patient_id as "patientId", a.patient_key as "patientKey", a.team_id as "teamId", a.condition,
    a.direction, a.severity, a.state, a.signal, a.opened_at as "openedAt", case when a.signal = 'cleared' then a.cleared_at end as "clearedAt",
    a.acknowledged_at as "acknowledgedAt", a.acknowledged_by as "acknowledgedBy",
    a.peak_severity as "peakSeverity", (a.escalation->>'outcomeWithinMs')::float8 as "outcomeWithinMs", a.owner_reminded_at as "ownerRemindedAt",
    case when a.state = 'snoozed' then a.snoozed_until end as "snoozedUntil", a.closed_at as "closedAt", a.outcome,
    a.previous_alert_id as "previousAlertId", a.test,
    coalesce((
      select json_agg(json_build_object('ruleId', r.rule_id, 'episodeId', r.episode_id, 'severity', r.severity, 'firing', r.firing,
               'joinedAt', r.joined_at, 'clearedAt', r.cleared_at, 'episodeStartAt', r.episode_start_at,
               'episodeEndAt', r.episode_end_at, 'explanation', r.explanation) order by r.joined_at, r.rule_id)
      from alert_reasons r where r.alert_id = a.alert_id), '[]') as reasons
  from alerts a left join patients p using (patient_key)`;

export async function listAlerts(pool: Pool, filter: AlertFilter): Promise<ListedAlert[]> {
  const { teams, states, patientId, teamId, after, limit } = filter;
  const { rows } = await pool.query<ListedAlert & Ownership>(
    `${ALERT}
     where a.withdrawn_at is null and ($1::uuid[] is null or a.team_id = any($1)) and ($2::text[] is null or a.state = any($2))
       and ($3::uuid is null or p.patient_id = $3) and ($4::uuid is null or a.team_id = $4)
       and ($5::int8 is null or (a.opened_at, a.alert_id) < ($5, $6::uuid))
     order by a.opened_at desc, a.alert_id desc limit $7`,
    [
      teams ?? null,
      states ?? null,
      patientId ?? null,
      teamId ?? null,
      after?.openedAt ?? null,
      after?.alertId ?? null,
      limit,
    ],
  );
  return rows.map(toListedAlert);
}

/** Undefined where there is none, or none in these teams. */
export async function readListedAlert(
  db: Queryable,
  alertId: string,
  teams?: readonly string[] | undefined,
): Promise<ListedAlert | undefined> {
  const { rows } = await db.query<ListedAlert & Ownership>(
    `${ALERT} where a.alert_id = $1 and ($2::uuid[] is null or a.team_id = any($2))`,
    [alertId, teams ?? null],
  );
  return rows[0] && toListedAlert(rows[0]);
}

function toListedAlert(row: ListedAlert & Ownership): ListedAlert {
  const { peakSeverity, outcomeWithinMs, ownerRemindedAt, ...alert } = dropNulls(row);
  const { state, acknowledgedAt } = alert;
  const reasons = row.reasons.map(dropNulls);
  const due =
    state === 'acknowledged'
      ? outcomeDue({ acknowledgedAt, peakSeverity, outcomeWithinMs, ownerRemindedAt })
      : undefined;
  return { ...alert, reasons, ...(due && { outcomeDueAt: due.dueAt, lapsesAt: due.lapsesAt }) };
}
