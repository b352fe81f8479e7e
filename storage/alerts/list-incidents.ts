// What is or was wrong with a team's devices rather than with a patient, newest first.
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface TeamIncident {
  readonly incidentId: string;
  readonly kind: string;
  /** Epoch ms. */
  readonly openedAt: number;
  /** Absent while it lasts. */
  readonly closedAt?: number | undefined;
  /** Facts without names or values, e.g. `{"silent": 12, "devices": 20}`. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface IncidentFilter {
  readonly teamId: string;
  /** Where the last page ended. */
  readonly after?: { readonly openedAt: number; readonly incidentId: string } | undefined;
  readonly limit: number;
}

export async function listIncidents(db: Queryable, { teamId, after, limit }: IncidentFilter): Promise<TeamIncident[]> {
  const { rows } = await db.query<TeamIncident>(
    `select incident_id as "incidentId", kind, opened_at as "openedAt", closed_at as "closedAt", detail from team_incidents
     where team_id = $1 and ($2::int8 is null or (opened_at, incident_id) < ($2, $3::uuid))
     order by opened_at desc, incident_id desc limit $4`,
    [teamId, after?.openedAt ?? null, after?.incidentId ?? null, limit],
  );
  return rows.map(dropNulls);
}
