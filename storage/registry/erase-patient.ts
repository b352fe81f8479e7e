// Erasing a patient: first who they are, in one transaction, then what was measured, then the ties between both.
// Promise: what was begun is finished at the next start; what stays says of nobody who they were.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import type { DeviceSpan, TimeSeries } from '../ports/time-series.ts';
import { recordChange } from './registry-changes.ts';

export interface ErasePatientDeps {
  readonly db: Kysely<Database>;
  readonly timeSeries: Pick<TimeSeries, 'erase'>;
}

/** What holds identity or health data beside the readings; alerts stay as a record of what was done, without notes. */
const HOLDS_THE_PATIENT = [
  'patient_identities',
  'patient_contacts',
  'patient_conditions',
  'patient_risk_groups',
  'treatments',
  'plans',
  'targets',
  'visits',
  'symptoms',
  'day_summaries',
  'day_traces',
  'patient_risks',
  'patient_state',
  'dirty_days',
  'signals',
  'episodes',
];

export async function erasePatient(deps: ErasePatientDeps, patientKey: number, now: number): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    await forgetWho(tx, patientKey, now);
    await closeAlerts(tx, patientKey, now);
    await recordChange(tx, 'patient', patientKey);
  });
  await eraseReadings(deps, patientKey);
}

/** For the start of a process: erasures that a crash or an engine's absence cut short. */
export async function finishErasures(deps: ErasePatientDeps): Promise<void> {
  const rows = await deps.db
    .selectFrom('device_bindings as b')
    .innerJoin('patients as p', 'p.patient_key', 'b.patient_key')
    .select('b.patient_key')
    .distinct()
    .where('p.erased_at', 'is not', null)
    .execute();
  for (const row of rows) await eraseReadings(deps, row.patient_key);
}

async function forgetWho(tx: Kysely<Database>, patientKey: number, now: number): Promise<void> {
  await tx
    .updateTable('patients')
    .set({ erased_at: new Date(now), birth_date: null, sex: null })
    .where('patient_key', '=', patientKey)
    .execute();
  for (const table of HOLDS_THE_PATIENT)
    await sql`delete from ${sql.table(table)} where patient_key = ${patientKey}`.execute(tx);
  // From now on the devices are nobody's; the stretches stay until their readings are gone.
  const ended = await tx
    .updateTable('device_bindings')
    .set({ to_at: sql<Date>`greatest(${new Date(now)}::timestamptz, from_at + interval '1 ms')` })
    .where('patient_key', '=', patientKey)
    .where((where) => where.or([where('to_at', 'is', null), where('to_at', '>', new Date(now))]))
    .returning('device_key')
    .execute();
  for (const { device_key: deviceKey } of ended) await recordChange(tx, 'device', deviceKey);
}

async function closeAlerts(tx: Kysely<Database>, patientKey: number, now: number): Promise<void> {
  const mine = sql`(select alert_id from alerts where patient_key = ${patientKey})`;
  await sql`update alert_timeline set note_encrypted = null, note_key_id = null
            where note_encrypted is not null and alert_id in ${mine}`.execute(tx);
  await sql`
    with closed as (
      update alerts set state = 'expired', signal = 'cleared', cleared_at = coalesce(cleared_at, ${now}::int8),
        closed_at = ${now}::int8, snoozed_until = null, due_at = null, due_reason = null, version = version + 1
      where patient_key = ${patientKey} and state in ('open', 'acknowledged', 'snoozed') returning alert_id)
    insert into alert_timeline (alert_id, at, event, reason, actor_kind)
    select alert_id, ${now}::int8, 'expired', 'patient_erased', 'system' from closed`.execute(tx);
  // Others that were to be told in the message of one of these go their own way.
  await sql`
    with dropped as (
      update notifications set status = 'skipped', settled_at = ${now}::int8, last_failure = 'patient_erased', due_at = null
      where status = 'pending' and alert_id in ${mine} returning notification_id)
    update notifications set sent_with = null, due_at = ${now}::int8
    where status = 'pending' and sent_with in (select notification_id from dropped) and alert_id not in ${mine}`.execute(
    tx,
  );
}

async function eraseReadings({ db, timeSeries }: ErasePatientDeps, patientKey: number): Promise<void> {
  const rows = await db
    .selectFrom('device_bindings as b')
    .innerJoin('devices as d', 'd.device_key', 'b.device_key')
    .select(['b.device_key', 'b.slot', 'b.from_at', 'b.to_at', 'd.clock_ahead_ms', 'd.clock_behind_ms'])
    .where('b.patient_key', '=', patientKey)
    .execute();
  const spans: DeviceSpan[] = rows.map((row) => ({
    deviceKey: row.device_key,
    slot: row.slot ?? undefined,
    fromAt: row.from_at.getTime(),
    toAt: row.to_at?.getTime() ?? Number.MAX_SAFE_INTEGER,
    clockAheadMs: row.clock_ahead_ms,
    clockBehindMs: row.clock_behind_ms,
  }));
  if (spans.length === 0) return;
  await timeSeries.erase(spans);
  await db.transaction().execute(async (tx) => {
    // A rejected payload is a measurement too.
    for (const span of spans) await eraseRejections(tx, span);
    await tx.deleteFrom('device_bindings').where('patient_key', '=', patientKey).execute();
    for (const { deviceKey } of spans) await recordChange(tx, 'device', deviceKey);
  });
}

/**
 * Of a shared monitor those that name the slot, and those that don't tell whose they are: what is somebody else's by name stays.
 * A slot that is written with escapes could be any.
 */
async function eraseRejections(tx: Kysely<Database>, { deviceKey, slot, fromAt, toAt }: DeviceSpan): Promise<void> {
  const slots = sql`regexp_matches(encode(payload, 'escape'), '"slot"\\s*:\\s*"([^"]*)"', 'g') as named(slot)`;
  const isTheirs =
    slot === undefined
      ? sql`true`
      : sql`(not exists (select from ${slots})
             or exists (select from ${slots} where named.slot[1] = ${slot} or strpos(named.slot[1], '\\') > 0))`;
  await sql`delete from rejections
            where device_key = ${deviceKey} and received_at between ${fromAt} and ${toAt} and ${isTheirs}`.execute(tx);
}
