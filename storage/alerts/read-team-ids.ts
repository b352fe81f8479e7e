// All teams, a few at a time.
import type { Queryable } from './queryable.ts';

/** In ascending order, behind `after`. */
export async function readTeamIds(db: Queryable, after: string | undefined, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ teamId: string }>({
    name: 'team-ids',
    text: `select team_id as "teamId" from teams where $1::uuid is null or team_id > $1 order by team_id limit $2`,
    values: [after ?? null, limit],
  });
  return rows.map(({ teamId }) => teamId);
}
