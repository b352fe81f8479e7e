// What is wrong with a team's devices rather than with a patient: opened and closed once, whoever else finds the same.
import type { PoolClient } from 'pg';
import { FLEET_OUTAGE } from '../../domain/alerts/alerting-settings.ts';
import { OUTAGE_AT_MOST_MS } from '../../domain/alerts/fleet-outage.ts';
import { WITHHELD } from '../../domain/alerts/may-be-heard.ts';
import type { Queryable } from './queryable.ts';

export type IncidentKind = 'fleet_outage';

export interface NewIncident {
  readonly incidentId: string;
  readonly teamId: string;
  readonly kind: IncidentKind;
  /** Facts without names or values. */
  readonly detail: Readonly<Record<string, number>>;
}

/** False where there is one already. */
export async function openIncident(tx: PoolClient, incident: NewIncident, now: number): Promise<boolean> {
  const { incidentId, teamId, kind, detail } = incident;
  const { rowCount } = await tx.query(
    `insert into team_incidents (incident_id, team_id, kind, opened_at, detail) values ($1, $2, $3, $4, $5)
     on conflict (team_id, kind) where closed_at is null do nothing`,
    [incidentId, teamId, kind, now, JSON.stringify(detail)],
  );
  return rowCount === 1;
}

export async function closeIncident(db: Queryable, teamId: string, kind: IncidentKind, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'update team_incidents set closed_at = $3 where team_id = $1 and kind = $2 and closed_at is null',
    [teamId, kind, now],
  );
  return rowCount === 1;
}

export interface OutageQuestion {
  readonly teamId: string;
  /** Of devices that fell silent. */
  readonly episodeIds: readonly string[];
  readonly now: number;
}

/** Until when at most an outage speaks for these silences, epoch ms: all of them began with it. Undefined: none does. */
export async function readOutageOf(
  db: Queryable,
  { teamId, episodeIds, now }: OutageQuestion,
): Promise<number | undefined> {
  const { rows } = await db.query<{ until: number }>({
    name: 'outage-of-silences',
    text: `select i.opened_at + ${OUTAGE_AT_MOST_MS} as until from team_incidents i
      where i.team_id = $1 and i.kind = 'fleet_outage' and i.closed_at is null and i.opened_at > $3::int8 - ${OUTAGE_AT_MOST_MS}
        and cardinality($2::uuid[]) = (
          select count(*) from episodes e where e.episode_id = any($2) and abs(e.completed_at - i.opened_at) < 60000 * coalesce((
            select (a.settings->'fleetOutage'->>'withinMin')::int from team_alerting a where a.team_id = i.team_id
            order by a.version desc limit 1), ${FLEET_OUTAGE.withinMin}))`,
    values: [teamId, episodeIds, now],
  });
  return rows[0]?.until;
}

/** Whether somebody was, or still may be, told of it; what debug mode withheld counts. */
export async function isIncidentHeard(db: Queryable, teamId: string, incidentId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from notifications where kind = 'incident' and team_id = $1 and subject->'incident'->>'incidentId' = $2
       and (status in ('pending', 'delivered') or last_failure = '${WITHHELD}') limit 1`,
    [teamId, incidentId],
  );
  return rowCount === 1;
}
