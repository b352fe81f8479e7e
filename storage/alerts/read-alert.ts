// Reads an alert with its reasons, as those need it who hold its key.
import type { PoolClient } from 'pg';
import type { Condition } from '../../domain/rules/rule.ts';
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

const SELECT_ALERT = `select ${selectList(ALERT_COLUMNS, 'a')} from alerts a`;
const SELECT_REASON = `select ${selectList(REASON_COLUMNS, 'r')} from alert_reasons r`;

export async function readUnclosedAlert(
  tx: Queryable,
  { patientKey, condition, direction }: AlertKey,
): Promise<AlertRecord | undefined> {
  const { rows } = await tx.query<AlertRecord>(
    `${SELECT_ALERT} where a.patient_key = $1 and a.condition = $2 and a.direction = $3
       and a.state in ('open', 'acknowledged', 'snoozed')`,
    [patientKey, condition, direction],
  );
  return rows[0] && dropNulls(rows[0]);
}

/** The last one that was closed, whose successor a new one is; a retrospective one was never handled. */
export async function readPredecessor(
  tx: Queryable,
  { patientKey, condition, direction }: AlertKey,
): Promise<AlertRecord | undefined> {
  const { rows } = await tx.query<AlertRecord>(
    `${SELECT_ALERT} where a.patient_key = $1 and a.condition = $2 and a.direction = $3 and a.state in ('resolved', 'expired')
       and a.outcome is distinct from 'withdrawn'
     order by a.opened_at desc, a.alert_id desc limit 1`,
    [patientKey, condition, direction],
  );
  return rows[0] && dropNulls(rows[0]);
}

export async function readAlert(tx: Queryable, alertId: string): Promise<AlertRecord | undefined> {
  const { rows } = await tx.query<AlertRecord>(`${SELECT_ALERT} where a.alert_id = $1`, [alertId]);
  return rows[0] && dropNulls(rows[0]);
}

/** All of a patient's unclosed alerts that fire, with the rules that make them. */
export async function readFiringOfPatient(
  tx: Queryable,
  patientKey: number,
): Promise<{ readonly alertId: string; readonly condition: Condition; readonly firingRuleIds: readonly string[] }[]> {
  const { rows } = await tx.query<{ alertId: string; condition: Condition; firingRuleIds: string[] }>(
    `select a.alert_id as "alertId", a.condition, array_agg(r.rule_id) as "firingRuleIds"
     from alerts a join alert_reasons r on r.alert_id = a.alert_id and r.firing
     where a.patient_key = $1 and a.state in ('open', 'acknowledged', 'snoozed') group by a.alert_id`,
    [patientKey],
  );
  return rows;
}

export async function readReasons(tx: Queryable, alertId: string): Promise<AlertReason[]> {
  const { rows } = await tx.query<AlertReason>(
    `${SELECT_REASON} where r.alert_id = $1 order by r.joined_at, r.rule_id`,
    [alertId],
  );
  return rows.map(dropNulls);
}

/** Where episodes have been taken up before, in whatever alert. */
export async function readReasonsOfEpisodes(
  tx: Queryable,
  episodeIds: readonly string[],
): Promise<(AlertReason & { readonly alertState: AlertRecord['state'] })[]> {
  if (episodeIds.length === 0) return [];
  const { rows } = await tx.query<AlertReason & { alertState: AlertRecord['state'] }>(
    `select ${selectList(REASON_COLUMNS, 'r')}, a.state as "alertState"
     from alert_reasons r join alerts a using (alert_id) where r.episode_id = any($1::uuid[])`,
    [episodeIds],
  );
  return rows.map(dropNulls);
}

/** Locks the alert's key first, so that what is read stays true until the transaction ends. */
export async function readAlertForChange(tx: PoolClient, alertId: string): Promise<AlertRecord | undefined> {
  const { rows: keys } = await tx.query<AlertKey>(
    'select patient_key as "patientKey", condition, direction from alerts where alert_id = $1',
    [alertId],
  );
  if (!keys[0]) return undefined;
  await lockAlertKey(tx, keys[0]);
  return readAlert(tx, alertId);
}
