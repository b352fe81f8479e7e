// What is wrong with a team's devices rather than with a patient: opened and closed once, whoever else finds the same.
import type { PoolClient } from 'pg';
import type { Queryable } from './queryable.ts';

export const INCIDENT_KINDS = ['fleet_outage'] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

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

export async function hasOpenIncident(db: Queryable, teamId: string, kind: IncidentKind): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'incident-is-open',
    text: 'select 1 from team_incidents where team_id = $1 and kind = $2 and closed_at is null',
    values: [teamId, kind],
  });
  return rowCount === 1;
}
