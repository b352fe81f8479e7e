// All that has to be known to act on signals of one (patient, condition, direction), in one statement: who is responsible now, the
// unclosed alert with its reasons, and the closed alert that a new one would follow.
import type { PoolClient } from 'pg';
import {
  ALERT_COLUMNS,
  type AlertKey,
  type AlertReason,
  type AlertRecord,
  jsonObject,
  REASON_COLUMNS,
} from './alert-record.ts';
import { dropNulls } from './drop-nulls.ts';

export interface Situation {
  /** The team responsible now. */
  readonly teamId?: string | undefined;
  readonly unclosed?: AlertRecord | undefined;
  readonly reasons: readonly AlertReason[];
  /** Of the last one closed by a person, by itself or by time; what was only listed has no successor. */
  readonly previousAlertId?: string | undefined;
}

/** SQL for the team responsible for patient `p` at $n, epoch ms. */
export const responsibleTeam = (patientKey: string, at: string): string => `(
  select r.team_id from responsibilities r
  where r.patient_key = ${patientKey} and r.from_at <= to_timestamp(${at}::float8 / 1000)
    and (r.to_at is null or r.to_at > to_timestamp(${at}::float8 / 1000))
  order by r.from_at desc limit 1)`;

const OF_KEY = 'a.patient_key = $1 and a.condition = $2 and a.direction = $3';
const UNCLOSED = `${OF_KEY} and a.state in ('open', 'acknowledged', 'snoozed') and not a.test`;
const READ = `
  select ${responsibleTeam('p.patient_key', '$4')} as "teamId",
    (select ${jsonObject(ALERT_COLUMNS, 'a')} from alerts a where ${UNCLOSED}) as unclosed,
    coalesce((
      select json_agg(${jsonObject(REASON_COLUMNS, 'r')} order by r.joined_at, r.rule_id)
      from alerts a join alert_reasons r using (alert_id) where ${UNCLOSED}), '[]') as reasons,
    (select a.alert_id from alerts a where ${OF_KEY} and a.state in ('resolved', 'expired') and not a.test
     order by a.opened_at desc, a.alert_id desc limit 1) as "previousAlertId"
  from patients p where p.patient_key = $1 and p.erased_at is null`;

/** Undefined where the patient is unknown or erased: nothing is opened for them any more. The caller holds the key. */
export async function readSituation(tx: PoolClient, key: AlertKey, now: number): Promise<Situation | undefined> {
  const { rows } = await tx.query<Situation>({
    name: 'alert-situation',
    text: READ,
    values: [key.patientKey, key.condition, key.direction, now],
  });
  const found = rows[0] && dropNulls(rows[0]);
  return (
    found && {
      ...found,
      unclosed: found.unclosed && dropNulls(found.unclosed),
      reasons: found.reasons.map(dropNulls),
    }
  );
}
