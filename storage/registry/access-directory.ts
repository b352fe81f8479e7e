// What each user who is active may do, in memory for at most 30 s and forgotten at once when grants or organisations change.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { type Access, decideAccess, type Grant, type OrganisationTree } from './access.ts';
import type { RegistryChanges } from './registry-changes.ts';
import { type GrantRole, ROLES } from './role-permissions.ts';

const FRESH_FOR_MS = 30_000;
const MAX_USERS = 1_000;

export interface AccessDirectory {
  accessFor(userId: string): Promise<Access>;
  /** For the process that made a change: the next request already sees it. */
  clear(): void;
  follow(): () => void;
}

export interface AccessDirectoryDeps {
  readonly db: Kysely<Database>;
  readonly changes: Pick<RegistryChanges, 'onChange'>;
}

export function createAccessDirectory({ db, changes }: AccessDirectoryDeps): AccessDirectory {
  const held = new Map<string, { readonly access: Promise<Access>; readonly readAt: number }>();

  return {
    async accessFor(userId) {
      const known = held.get(userId);
      if (known && performance.now() - known.readAt < FRESH_FOR_MS) return known.access;
      if (held.size >= MAX_USERS) held.clear();
      const access = readAccess(db, userId);
      held.set(userId, { access, readAt: performance.now() });
      try {
        return await access;
      } catch (error) {
        held.delete(userId);
        throw error;
      }
    },
    clear: () => held.clear(),
    follow() {
      return changes.onChange((entity, key) => {
        if (entity === 'user') held.delete(key);
        else if (entity === 'team' || entity === 'organisation' || entity === 'everything') held.clear();
      });
    },
  };
}

async function readAccess(db: Kysely<Database>, userId: string): Promise<Access> {
  const grants = await db
    .selectFrom('grants')
    .select(['role', 'organisation_id', 'team_id'])
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .execute();
  const needsTree = grants.some((grant) => grant.organisation_id !== null);
  return decideAccess(
    userId,
    grants.flatMap(toGrant),
    needsTree ? await readTree(db) : { organisations: [], teams: [] },
  );
}

function toGrant(row: { role: string; organisation_id: string | null; team_id: string | null }): Grant[] {
  const role = ROLES.find((known): known is GrantRole => known === row.role);
  if (!role) return [];
  return [{ role, organisationId: row.organisation_id ?? undefined, teamId: row.team_id ?? undefined }];
}

async function readTree(db: Kysely<Database>): Promise<OrganisationTree> {
  const organisations = await db.selectFrom('organisations').select(['organisation_id', 'parent_id']).execute();
  const teams = await db
    .selectFrom('teams')
    .select(['team_id', 'organisation_id', 'backing_organisation_id'])
    .where(sql<boolean>`coalesce(organisation_id, backing_organisation_id) is not null`)
    .execute();
  return {
    organisations: organisations.map((row) => ({
      organisationId: row.organisation_id,
      parentId: row.parent_id ?? undefined,
    })),
    teams: teams.map((row) => ({
      teamId: row.team_id,
      organisationId: row.organisation_id ?? undefined,
      backingOrganisationId: row.backing_organisation_id ?? undefined,
    })),
  };
}
