// Everything about one (patient, condition, direction) happens one after the other: whoever changes it holds this row.
import type { PoolClient } from 'pg';
import type { AlertKey } from './alert-record.ts';

/** Held until the transaction ends. */
export async function lockAlertKey(tx: PoolClient, { patientKey, condition, direction }: AlertKey): Promise<void> {
  const values = [patientKey, condition, direction];
  const lock = 'select 1 from alert_keys where patient_key = $1 and condition = $2 and direction = $3 for update';
  const { rowCount } = await tx.query(lock, values);
  if (rowCount) return;
  await tx.query(
    'insert into alert_keys (patient_key, condition, direction) values ($1, $2, $3) on conflict do nothing',
    values,
  );
  await tx.query(lock, values);
}
