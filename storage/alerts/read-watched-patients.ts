// Patients of a team whom somebody should look at although nothing about them waits: urgent ones that have cleared and nobody has
// reviewed, those of whom something urgent was closed that began within a day, and those at most risk by what moves slowly.
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

const MOST_WATCHED = 50;
const MOST_AT_RISK = 10;
const RECENT_MS = 86_400_000;

/** `to_review`: cleared, urgent, without an outcome · `urgent_within_a_day`: closed by now; what is open is listed as such · `at_risk`: see `risks`. In this order of weight. */
export const WATCH_REASONS = ['to_review', 'urgent_within_a_day', 'at_risk'] as const;
export type WatchReason = (typeof WATCH_REASONS)[number];

export interface WatchedPatient {
  readonly patientId: string;
  /** For the audit of who opened whose data. */
  readonly patientKey: number;
  /** Weightiest first. */
  readonly reasons: readonly WatchReason[];
  /** The newest alert of the first two reasons. */
  readonly alertId?: string | undefined;
  /** Codes of domain/risk.ts, most points first; alerts are left out. */
  readonly risks: readonly string[];
}

const READ = `
  with to_review as (
    select patient_key, alert_id from alerts
    where team_id = $1 and state in ('open', 'snoozed') and signal = 'cleared' and not test
      and peak_severity in ('critical', 'emergency')),
  recent as (
    select patient_key, alert_id from alerts
    where team_id = $1 and opened_at >= $2::int8 - ${RECENT_MS} and not test and withdrawn_at is null and peak_severity in ('critical', 'emergency')
      and state in ('resolved', 'expired', 'retrospective')),
  at_risk as (
    select r.patient_key, r.score, slow.codes from responsibilities o join patient_risks r using (patient_key)
      cross join lateral (
        select json_agg(each.value->>'code' order by (each.value->>'points')::int desc) as codes from jsonb_array_elements(r.reasons) each
        where each.value->>'code' not in ('open_alert', 'further_alerts')) slow
    where o.team_id = $1 and o.to_at is null and r.score > 0 and slow.codes is not null
    order by r.score desc, r.patient_key limit ${MOST_AT_RISK}),
  watched as (
    select patient_key, 1 as weight, alert_id, null::json as codes, 0 as score from to_review
    union all select patient_key, 2, alert_id, null, 0 from recent
    union all select patient_key, 3, null, codes, score from at_risk),
  patients_watched as (
    select patient_key, array_agg(distinct weight order by weight) as weights, max(alert_id::text) as alert_id,
      (array_agg(codes) filter (where codes is not null))[1] as codes, max(score) as score
    from watched group by patient_key)
  select p.patient_id as "patientId", w.patient_key as "patientKey", w.weights, w.alert_id as "alertId", coalesce(w.codes, '[]') as risks,
    count(*) over ()::int as total, count(*) filter (where w.weights[1] < 3) over ()::int as pressing
  from patients_watched w join patients p using (patient_key) where p.erased_at is null
  order by w.weights[1], cardinality(w.weights) desc, w.score desc, w.patient_key limit ${MOST_WATCHED}`;

interface Row extends Omit<WatchedPatient, 'reasons'> {
  readonly weights: readonly number[];
  readonly total: number;
  readonly pressing: number;
}

/** `at`: epoch ms. `pressing`: all but those who are only at risk. */
export async function readWatchedPatients(
  db: Queryable,
  teamId: string,
  at: number,
): Promise<{ readonly patients: readonly WatchedPatient[]; readonly total: number; readonly pressing: number }> {
  const { rows } = await db.query<Row>({ name: 'handover-watched', text: READ, values: [teamId, at] });
  const patients = rows.map(
    ({ weights, total: _, pressing: __, ...patient }): WatchedPatient => ({
      ...dropNulls(patient),
      reasons: weights.map((weight) => WATCH_REASONS[weight - 1]!),
    }),
  );
  return { patients, total: rows[0]?.total ?? 0, pressing: rows[0]?.pressing ?? 0 };
}
