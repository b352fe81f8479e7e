// A team's alerts as its figures see them, and over how many patient-weeks. By index and cut: a row an alert, whatever its history.
import type { AlertFact } from '../../domain/alerts/alert-figures.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

/** M: 3.2 to 3.6 s for so many, at load average 23. */
export const MOST_FACTS = 20_000;

export interface AlertFactsQuestion {
  readonly teamId: string;
  /** Opened in [from, to), epoch ms. */
  readonly from: number;
  readonly to: number;
}

/** Escalated: of one occurrence a step of the team began later than the first, so not because that could reach nobody at all. */
const READ = `
  select a.opened_at as "openedAt", a.condition, a.peak_severity as severity, a.state, a.test as "isTest", a.outcome,
    array(select distinct r.rule_id from alert_reasons r where r.alert_id = a.alert_id order by r.rule_id) as "ruleIds",
    t.taken_at as "takenAt", t.taken_by as "takenBy", case when a.outcome is not null then t.resolved_at end as "resolvedAt",
    case when a.outcome is not null then t.resolved_by end as "resolvedBy",
    coalesce((
      select bool_or(began.last_at > began.first_at) from (
        select min(step.at) as first_at, max(step.at) as last_at from (
          select n.occurrence, min(n.created_at) as at from notifications n
          where n.alert_id = a.alert_id and n.audience = 'team' and n.escalation_step is not null group by n.occurrence, n.escalation_step) step
        group by step.occurrence) began), false) as escalated, a.state = 'retrospective' or coalesce(t.listed, false) as "isRetrospective",
    (select count(*) from notifications n where n.alert_id = a.alert_id and n.status = 'delivered' and n.channel <> 'in_app'
       and n.sent_with is null)::int as messages
  from alerts a left join lateral (
    select min(e.at) filter (where e.event in ('acknowledged', 'resolved') and e.user_id is not null) as taken_at,
      (array_agg(e.user_id order by e.entry_id) filter (where e.event in ('acknowledged', 'resolved') and e.user_id is not null))[1] as taken_by,
      max(e.at) filter (where e.event = 'resolved' and e.user_id is not null) as resolved_at,
      (array_agg(e.user_id order by e.entry_id desc) filter (where e.event = 'resolved' and e.user_id is not null))[1] as resolved_by,
      bool_or(e.event = 'listed') as listed
    from alert_timeline e where e.alert_id = a.alert_id) t on true
  where a.team_id = $1 and a.opened_at >= $2 and a.opened_at < $3 and a.withdrawn_at is null
  order by a.opened_at desc, a.alert_id desc limit ${MOST_FACTS + 1}`;

/** Of those that are the team's now. Undefined where there are more than MOST_FACTS. */
export async function readAlertFacts(
  db: Queryable,
  { teamId, from, to }: AlertFactsQuestion,
): Promise<AlertFact[] | undefined> {
  const { rows } = await db.query<AlertFact>({ name: 'alert-facts', text: READ, values: [teamId, from, to] });
  return rows.length > MOST_FACTS ? undefined : rows.map(dropNulls);
}

/** For how long the team was responsible for its patients in [from, to), together. */
export async function readPatientWeeks(db: Queryable, { teamId, from, to }: AlertFactsQuestion): Promise<number> {
  const { rows } = await db.query<{ weeks: number | null }>({
    name: 'alert-patient-weeks',
    text: `select (sum(extract(epoch from least(coalesce(to_at, $3), $3) - greatest(from_at, $2))) / (7 * 86400))::float8 as weeks
      from responsibilities where team_id = $1 and from_at < $3::timestamptz and (to_at is null or to_at > $2::timestamptz)`,
    values: [teamId, new Date(from), new Date(to)],
  });
  return rows[0]?.weeks ?? 0;
}
