// Grants: a user, a role, and the team, organisation or installation that it covers. Ended, never deleted.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import type { Grant } from './access.ts';
import { keepOneAdmin } from './keep-one-admin.ts';
import { recordChange } from './registry-changes.ts';
import { type GrantRole, ROLES } from './role-permissions.ts';

export interface GrantRecord extends Grant {
  readonly grantId: string;
  readonly userId: string;
  readonly username: string;
  readonly createdAt: number;
}

/** In the caller's transaction; the caller has checked that it may be given. */
export async function addGrant(tx: Kysely<Database>, userId: string, grant: Grant): Promise<string> {
  const grantId = uuidv7();
  await tx
    .insertInto('grants')
    .values({
      grant_id: grantId,
      user_id: userId,
      role: grant.role,
      organisation_id: grant.organisationId ?? null,
      team_id: grant.teamId ?? null,
    })
    .execute();
  await recordChange(tx, 'user', userId);
  return grantId;
}

/** In the caller's transaction. Throws Refusal `conflict` where nobody would be left who administers the installation. */
export async function endGrant(tx: Kysely<Database>, grantId: string): Promise<void> {
  const [grant] = await listGrants(tx, { grantId });
  if (grant?.role === 'admin' && !grant.organisationId && !grant.teamId) await keepOneAdmin(tx, { grantId });
  const row = await tx
    .updateTable('grants')
    .set({ revoked_at: sql<Date>`now()` })
    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .returning('user_id')
    .executeTakeFirst();
  if (row) await recordChange(tx, 'user', row.user_id);
}

export interface GrantFilter {
  readonly grantId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Those in force, in ascending id. */
export async function listGrants(db: Kysely<Database>, { grantId, userId }: GrantFilter): Promise<GrantRecord[]> {
  let query = db
    .selectFrom('grants as g')
    .innerJoin('users as u', 'u.user_id', 'g.user_id')
    .select(['g.grant_id', 'g.user_id', 'u.username', 'g.role', 'g.organisation_id', 'g.team_id', 'g.created_at'])
    .where('g.revoked_at', 'is', null)
    .orderBy('g.grant_id');
  if (grantId !== undefined) query = query.where('g.grant_id', '=', grantId);
  if (userId !== undefined) query = query.where('g.user_id', '=', userId);
  const rows = await query.execute();
  return rows.flatMap((row) => {
    const role = ROLES.find((known): known is GrantRole => known === row.role);
    if (!role) return [];
    return {
      grantId: row.grant_id,
      userId: row.user_id,
      username: row.username,
      role,
      organisationId: row.organisation_id ?? undefined,
      teamId: row.team_id ?? undefined,
      createdAt: row.created_at.getTime(),
    };
  });
}
