// Who can be reached in a team. Addresses stay sealed here: only the step that sends opens them.
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface TeamContact {
  readonly memberId: string;
  readonly userId?: string | undefined;
  /** Absent for a member who has entered no contact. */
  readonly contactId?: string | undefined;
  readonly channel?: string | undefined;
  readonly verified: boolean;
}

/** A row for each contact of each present member, in the order members put them; one without contact for a member who has none. */
export async function readTeamContacts(tx: Queryable, teamId: string): Promise<TeamContact[]> {
  const { rows } = await tx.query<TeamContact>({
    name: 'alert-team-contacts',
    text: `select m.member_id as "memberId", m.user_id as "userId", c.contact_id as "contactId", c.channel,
            c.verified_at is not null as verified
     from members m left join member_contacts c on c.member_id = m.member_id and c.removed_at is null
     where m.team_id = $1 and m.left_at is null order by m.created_at, m.member_id, c.position, c.contact_id`,
    values: [teamId],
  });
  return rows.map(dropNulls);
}
