// How many devices of a team are silent, of how many: for the teams in which that may be an outage, or is one. One row a team; what is
// read of patients are the silent ones, by an index of their own, and those of the teams that are left.
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import { FLEET_AT_LEAST, FLEET_OUTAGE } from '../../domain/alerts/alerting-settings.ts';
import type { Fleet } from '../../domain/alerts/fleet-outage.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface TeamFleet extends Fleet {
  readonly teamId: string;
  /** Of an outage. */
  readonly incidentId?: string | undefined;
  /** The team's own. */
  readonly settings?: AlertingSettings['fleetOutage'] | undefined;
}

const DAY_MS = 86_400_000;

// A sensor whose life is over is silent as expected. A device counts that had reported within a day.
const READ = `
  with silent as (
    select r.team_id, e.completed_at
    from signals s join episodes e on e.episode_id = s.episode_id
      join responsibilities r on r.patient_key = s.patient_key and r.to_at is null
    where s.rule_id = 'DATA-01' and s.verdict = 'firing' and s.explanation->>'reason' = 'cgm_silent'),
  concerned as (
    select team_id, opened_at, incident_id from team_incidents where kind = 'fleet_outage' and closed_at is null
    union all
    select team_id, null, null from silent group by team_id having count(*) >= ${FLEET_AT_LEAST}),
  teams as (
    select c.team_id, max(c.opened_at) as opened_at, max(c.opened_at) is not null as is_outage, max(c.incident_id::text) as incident_id,
      (select a.settings->'fleetOutage' from team_alerting a where a.team_id = c.team_id order by a.version desc limit 1) as settings
    from concerned c group by c.team_id)
  select t.team_id as "teamId", t.is_outage as "isOutage", t.incident_id as "incidentId", $1::int8 - t.opened_at as "lastedMs", t.settings,
    (select count(*) from silent s where s.team_id = t.team_id and abs(s.completed_at - coalesce(t.opened_at, $1::int8))
       < coalesce((t.settings->>'withinMin')::int, ${FLEET_OUTAGE.withinMin}) * 60000)::int as silent,
    (select count(*) from responsibilities r join patient_state p using (patient_key) where r.team_id = t.team_id and r.to_at is null
       and (p.state->'last'->>'cgm')::int8 > coalesce(t.opened_at, $1) - ${DAY_MS})::int as devices
  from teams t order by t.team_id`;

/** @param now epoch ms */
export async function readFleets(db: Queryable, now: number): Promise<TeamFleet[]> {
  const { rows } = await db.query<TeamFleet>({ name: 'fleets-read', text: READ, values: [now] });
  return rows.map(dropNulls);
}
