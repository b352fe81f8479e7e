// Everything about one (patient, condition, direction) happens one after the other: whoever changes it holds this row.
import type { PoolClient } from 'pg';
import type { AlertKey } from './alert-record.ts';

const LOCK = 'select 1 from alert_keys where patient_key = $1 and condition = $2 and direction = $3 for update';
const ADD =
  'insert into alert_keys (patient_key, condition, direction) values ($1, $2, $3) on conflict do nothing returning 1';

/** Held until the transaction ends. */
export async function lockAlertKey(tx: PoolClient, { patientKey, condition, direction }: AlertKey): Promise<void> {
  const values = [patientKey, condition, direction];
  const lock = () => tx.query({ name: 'alert-key-lock', text: LOCK, values });
  if ((await lock()).rowCount) return;
  // A row that was just inserted is held by that; one that somebody else has inserted meanwhile is there to be locked.
  const { rowCount } = await tx.query({ name: 'alert-key-add', text: ADD, values });
  if (!rowCount) await lock();
}
