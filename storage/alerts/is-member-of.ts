// Whether somebody who signs in is of a team now.
import type { Queryable } from './queryable.ts';

export async function isMemberOf(tx: Queryable, teamId: string, userId: string | undefined): Promise<boolean> {
  if (userId === undefined) return false;
  const { rowCount } = await tx.query({
    name: 'team-member-present',
    text: 'select 1 from members where team_id = $1 and user_id = $2 and left_at is null limit 1',
    values: [teamId, userId],
  });
  return rowCount === 1;
}
