// When rules were clear last in other alerts of the same (patient, condition, direction) that people were told of.
import type { ClearedRule } from '../../domain/alerts/cooldown.ts';
import type { AlertRecord } from './alert-record.ts';
import type { Queryable } from './queryable.ts';

/** An alert that a person closed knows no clear: that of its episode counts. */
export async function readLastCleared(
  tx: Queryable,
  { alertId, patientKey, condition, direction }: AlertRecord,
  ruleIds: readonly string[],
): Promise<ClearedRule[]> {
  const { rows } = await tx.query<ClearedRule>({
    name: 'alert-last-cleared',
    text: `select distinct on (r.rule_id) r.rule_id as "ruleId", r.severity, coalesce(r.cleared_at, e.end_at) as "clearedAt"
      from alerts a join alert_reasons r using (alert_id) left join episodes e using (episode_id)
      where a.patient_key = $1 and a.condition = $2 and a.direction = $3 and a.alert_id <> $4 and a.told is not null and not a.test
        and a.state <> 'retrospective' and r.rule_id = any($5::text[]) and coalesce(r.cleared_at, e.end_at) is not null
      order by r.rule_id, coalesce(r.cleared_at, e.end_at) desc`,
    values: [patientKey, condition, direction, alertId, ruleIds],
  });
  return rows;
}
