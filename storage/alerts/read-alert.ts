// Reads one alert by its id, alone or so that it can be changed.
import type { PoolClient } from 'pg';
import {
  ALERT_COLUMNS,
  type AlertKey,
  type AlertReason,
  type AlertRecord,
  REASON_COLUMNS,
  selectList,
} from './alert-record.ts';
import { dropNulls } from './drop-nulls.ts';
import { lockAlertKey } from './lock-alert-key.ts';
import type { Queryable } from './queryable.ts';
import { responsibleTeam } from './read-situation.ts';

export async function readAlert(tx: Queryable, alertId: string): Promise<AlertRecord | undefined> {
  const { rows } = await tx.query<AlertRecord>({
    name: 'alert-read',
    text: `select ${selectList(ALERT_COLUMNS, 'a')} from alerts a where a.alert_id = $1`,
    values: [alertId],
  });
  return rows[0] && dropNulls(rows[0]);
}

/** Locks the alert's key first, so that what is read stays true until the transaction ends. */
export async function readAlertForChange(tx: PoolClient, alertId: string): Promise<AlertRecord | undefined> {
  const { rows: keys } = await tx.query<AlertKey>({
    name: 'alert-key-of',
    text: 'select patient_key as "patientKey", condition, direction from alerts where alert_id = $1',
    values: [alertId],
  });
  if (!keys[0]) return undefined;
  await lockAlertKey(tx, keys[0]);
  return readAlert(tx, alertId);
}

export async function readReasons(tx: Queryable, alertId: string): Promise<AlertReason[]> {
  const { rows } = await tx.query<AlertReason>({
    name: 'alert-reasons-read',
    text: `select ${selectList(REASON_COLUMNS, 'r')} from alert_reasons r where r.alert_id = $1 order by r.joined_at, r.rule_id`,
    values: [alertId],
  });
  return rows.map(dropNulls);
}

/** The team responsible now for the alert's patient; undefined where there is none, or no such patient any more. */
export async function readResponsibleTeam(tx: Queryable, patientKey: number, now: number): Promise<string | undefined> {
  const { rows } = await tx.query<{ teamId: string | null }>({
    name: 'alert-responsible-team',
    text: `select ${responsibleTeam('$1::int', '$2')} as "teamId"`,
    values: [patientKey, now],
  });
  return rows[0]?.teamId ?? undefined;
}
