// From the signals table to the queue: a nudge tells alerting which patient's signals to read. Only bookkeeping: what is lost here is
// found again by alerting's reconciler.
import type { Pool } from 'pg';
import { worstTurn } from '../../domain/alerts/severity-order.ts';
import { signalsJob } from '../alerts/job-names.ts';
import type { Job } from '../ports/job-queue.ts';
import { numberArray, textArray } from '../readings/array-literal.ts';
import type { SignalChange } from './write-signals.ts';

/** A job costs the queue more than finding its work costs alerting, which looks every 2 s: beyond so many only what is urgent has one. */
const NUDGED_AT_ONCE = 500;

/** One job a patient, of what alerting has to act on. */
export function nudgesOf(changes: readonly SignalChange[]): Job[] {
  const byPatient = Map.groupBy(changes, ({ patientKey }) => patientKey);
  const jobs = [...byPatient].map(([patientKey, some]) => {
    const changed = some.map(({ rule, difference }) => ({ ruleId: rule.id, version: difference.version }));
    const turn = worstTurn(some.map(({ rule, difference }) => ({ ...rule, severity: difference.severity })));
    return signalsJob(patientKey, changed, turn);
  });
  return jobs.length > NUDGED_AT_ONCE ? jobs.filter(({ turn = 0 }) => turn > 0) : jobs;
}

/** Written behind, many at a time. */
export async function markHandedOver(pool: Pick<Pool, 'query'>, changes: readonly SignalChange[]): Promise<void> {
  await pool.query({
    name: 'signals-handed-over',
    text: `update signals s set handed_over = h.version
      from (select l.patient_key, l.rule_id, h.version from signals l
            join unnest($1::int4[], $2::text[], $3::int8[]) as h (patient_key, rule_id, version)
              on h.patient_key = l.patient_key and h.rule_id = l.rule_id
            order by l.patient_key, l.rule_id for no key update of l) h
      where s.patient_key = h.patient_key and s.rule_id = h.rule_id and s.handed_over < h.version`,
    values: [
      numberArray(changes, ({ patientKey }) => patientKey),
      textArray(changes, ({ rule }) => rule.id),
      numberArray(changes, ({ difference }) => difference.version),
    ],
  });
}
