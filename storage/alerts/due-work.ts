// What is due and unsettled: found in the tables, whatever became of the jobs that should have announced it. Emergencies first, then critical lows, then what is critical.
import type { Turn } from '../../domain/alerts/severity-order.ts';
import type { Queryable } from './queryable.ts';
import { turnSql } from './turn-sql.ts';

export interface UnappliedPatient {
  readonly patientKey: number;
  readonly turn: Turn;
}

/** Whose signals nobody has acted on since `before` (epoch ms of their last change), but for `resting`. */
export async function readUnappliedPatients(
  db: Queryable,
  before: number,
  limit: number,
  resting: readonly number[] = [],
): Promise<UnappliedPatient[]> {
  const { rows } = await db.query<UnappliedPatient>(
    `select patient_key as "patientKey", max(${turnSql('signals')}) as turn
     from signals where version > applied and updated_at <= $1 and patient_key <> all($3::int4[])
     group by patient_key order by turn desc, patient_key limit $2`,
    [before, limit, resting],
  );
  return rows;
}

export interface DueAlert {
  readonly alertId: string;
  readonly turn: Turn;
}

export async function readDueAlerts(
  db: Queryable,
  now: number,
  limit: number,
  resting: readonly string[] = [],
): Promise<DueAlert[]> {
  const { rows } = await db.query<DueAlert>(
    `select alert_id as "alertId", ${turnSql('alerts')} as turn
     from alerts where due_at <= $1 and alert_id <> all($3::uuid[]) order by turn desc, due_at limit $2`,
    [now, limit, resting],
  );
  return rows;
}

export interface DueNotification {
  readonly notificationId: string;
  readonly turn: Turn;
}

export async function readDueNotifications(db: Queryable, now: number, limit: number): Promise<DueNotification[]> {
  const { rows } = await db.query<DueNotification>(
    `select n.notification_id as "notificationId", ${turnSql('a', 'n.severity')} as turn
     from notifications n left join alerts a using (alert_id)
     where n.status = 'pending' and n.due_at <= $1 order by turn desc, n.due_at limit $2`,
    [now, limit],
  );
  return rows;
}

/** Unclosed alerts whose patient has another team now. */
export async function readMovedAlerts(
  db: Queryable,
  now: number,
  limit: number,
  resting: readonly string[] = [],
): Promise<string[]> {
  const { rows } = await db.query<{ alertId: string }>(
    `select a.alert_id as "alertId" from alerts a join responsibilities r using (patient_key)
     where a.state in ('open', 'acknowledged', 'snoozed') and not a.test and r.team_id is distinct from a.team_id and a.alert_id <> all($3::uuid[])
       and r.from_at <= to_timestamp($1::float8 / 1000) and (r.to_at is null or r.to_at > to_timestamp($1::float8 / 1000))
     limit $2`,
    [now, limit, resting],
  );
  return rows.map(({ alertId }) => alertId);
}
