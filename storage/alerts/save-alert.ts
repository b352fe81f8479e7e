// Writes alerts and reasons as a whole. The caller holds the key of each (lock-alert-key.ts).
import { ALERT_COLUMNS, type AlertReason, type AlertRecord, REASON_COLUMNS } from './alert-record.ts';
import type { Queryable } from './queryable.ts';

const SAVE_ALERTS = upsert('alerts', Object.values(ALERT_COLUMNS), ['alert_id']);
const SAVE_REASONS = upsert('alert_reasons', Object.values(REASON_COLUMNS), ['alert_id', 'episode_id']);

export async function saveAlerts(tx: Queryable, alerts: readonly AlertRecord[]): Promise<void> {
  if (alerts.length === 0) return;
  const rows = alerts.map((alert) => toRow(ALERT_COLUMNS, { ...alert, version: alert.version + 1 }));
  await tx.query({ name: 'alerts-save', text: SAVE_ALERTS, values: [JSON.stringify(rows)] });
}

export async function saveReasons(tx: Queryable, reasons: readonly AlertReason[]): Promise<void> {
  if (reasons.length === 0) return;
  const rows = reasons.map((reason) => toRow(REASON_COLUMNS, reason));
  await tx.query({ name: 'alert-reasons-save', text: SAVE_REASONS, values: [JSON.stringify(rows)] });
}

/** What is undefined in the record is left out and becomes null. */
function toRow<Field extends string>(
  columns: Readonly<Record<Field, string>>,
  record: Readonly<Partial<Record<Field, unknown>>>,
): Record<string, unknown> {
  const fields = Object.entries(columns) as [Field, string][];
  return Object.fromEntries(fields.map(([field, column]) => [column, record[field]]));
}

function upsert(table: string, columns: readonly string[], key: readonly string[]): string {
  const list = columns.join(', ');
  const updates = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
  return `insert into ${table} (${list}) select ${list} from jsonb_populate_recordset(null::${table}, $1::jsonb)
    on conflict (${key.join(', ')}) do update set ${updates.join(', ')}`;
}
