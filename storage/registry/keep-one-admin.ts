// The installation always has an administrator who can sign in. Promise: also when several are taken away at once.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { Refusal } from './refusal.ts';

/** Any number that nothing else locks. */
const LOCK = 5_177_202;

/**
 * In the transaction that takes a grant away or disables a user, before it does: whoever comes second looks once the first has
 * committed. (Locking the rows wouldn't do: a statement that waited for a row still sees the grants of when it began.) Throws Refusal
 * `conflict` where nobody else would be left.
 */
export async function keepOneAdmin(
  tx: Kysely<Database>,
  leaving: { readonly grantId: string } | { readonly userId: string },
): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx);
  const admins = await tx
    .selectFrom('grants as g')
    .innerJoin('users as u', 'u.user_id', 'g.user_id')
    .select(['g.grant_id', 'g.user_id'])
    .where('g.role', '=', 'admin')
    .where('g.revoked_at', 'is', null)
    .where('g.organisation_id', 'is', null)
    .where('g.team_id', 'is', null)
    .where('u.disabled_at', 'is', null)
    .execute();
  const stays = ({ grant_id, user_id }: (typeof admins)[number]) =>
    'grantId' in leaving ? grant_id !== leaving.grantId : user_id !== leaving.userId;
  // Where there is none at all, nothing can be made worse.
  if (admins.length === 0 || admins.some(stays)) return;
  const detail = 'This is the last administrator of the installation: name another first.';
  throw new Refusal('conflict', detail, 'userId' in leaving ? { field: 'disabled' } : {});
}
