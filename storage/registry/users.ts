// People who sign in. A user by itself may do nothing: grants say what.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import { keepOneAdmin } from './keep-one-admin.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { violatedConstraint } from './postgres-errors.ts';
import { Refusal } from './refusal.ts';
import { recordChange } from './registry-changes.ts';

export interface User {
  readonly userId: string;
  readonly username: string;
  readonly createdAt: number;
  readonly disabledAt?: number | undefined;
}

const COLUMNS = ['user_id', 'username', 'created_at', 'disabled_at'] as const;

/** Throws Refusal `conflict` where the name is taken, whatever its case. */
export async function createUser(db: Kysely<Database>, username: string, password: string): Promise<User> {
  const password_hash = await hashPassword(password);
  const row = await db
    .insertInto('users')
    .values({ user_id: uuidv7(), username, password_hash })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow()
    .catch((cause: unknown) => {
      if (violatedConstraint(cause) !== 'users_username') throw cause;
      throw new Refusal('conflict', 'This username is taken: choose another.', { field: 'username', cause });
    });
  return toUser(row);
}

/** A user is somebody's business by a grant or a membership there, past ones too. */
export interface UserScope {
  readonly teamIds: readonly string[];
  readonly organisationIds: readonly string[];
}

/** In ascending id, which is the order they were made in; `scope` undefined: all. */
export async function listUsers(
  db: Kysely<Database>,
  scope: UserScope | undefined,
  after: string | undefined,
  limit: number,
): Promise<User[]> {
  let query = db.selectFrom('users').select(COLUMNS).orderBy('user_id').limit(limit);
  if (scope !== undefined) {
    const { teamIds, organisationIds } = scope;
    query = query.where(
      sql<boolean>`(exists (select from grants g where g.user_id = users.user_id
          and (g.team_id = any(${teamIds}::uuid[]) or g.organisation_id = any(${organisationIds}::uuid[])))
        or exists (select from members m where m.user_id = users.user_id and m.team_id = any(${teamIds}::uuid[])))`,
    );
  }
  if (after !== undefined) query = query.where('user_id', '>', after);
  return (await query.execute()).map(toUser);
}

export interface UserChange {
  readonly password?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/**
 * A new password, like disabling, ends all sessions and API tokens. Undefined where there is no such user. Throws Refusal `conflict`
 * where it would leave the installation without an administrator who can sign in.
 */
export async function changeUser(
  db: Kysely<Database>,
  userId: string,
  { password, disabled }: UserChange,
): Promise<User | undefined> {
  const password_hash = password === undefined ? undefined : await hashPassword(password);
  return db.transaction().execute(async (tx) => {
    if (disabled) await keepOneAdmin(tx, { userId });
    const row = await tx
      .updateTable('users')
      .set((set) => ({
        ...(password_hash === undefined ? {} : { password_hash }),
        ...(disabled === undefined
          ? {}
          : { disabled_at: disabled ? set.fn.coalesce('disabled_at', sql<Date>`now()`) : null }),
        // Keeps the statement valid where nothing was asked for.
        user_id: set.ref('user_id'),
      }))
      .where('user_id', '=', userId)
      .returning(COLUMNS)
      .executeTakeFirst();
    if (!row) return undefined;
    if (password !== undefined || disabled) await revokeAllTokens(tx, userId);
    await recordChange(tx, 'user', userId);
    return toUser(row);
  });
}

/** For the user's own hand. Throws Refusal `forbidden` where the present password is wrong. */
export async function changeOwnPassword(db: Kysely<Database>, userId: string, present: string, next: string) {
  const row = await db.selectFrom('users').select('password_hash').where('user_id', '=', userId).executeTakeFirst();
  if (!(await verifyPassword(present, row?.password_hash)))
    throw new Refusal('forbidden', 'The present password is wrong.', { field: 'presentPassword' });
  await changeUser(db, userId, { password: next });
}

export async function findUserId(db: Kysely<Database>, username: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('users')
    .select('user_id')
    .where(sql`lower(username)`, '=', username.toLowerCase())
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  return row?.user_id;
}

async function revokeAllTokens(tx: Kysely<Database>, userId: string): Promise<void> {
  await tx
    .updateTable('tokens')
    .set({ revoked_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .execute();
}

function toUser(row: { user_id: string; username: string; created_at: Date; disabled_at: Date | null }): User {
  return {
    userId: row.user_id,
    username: row.username,
    createdAt: row.created_at.getTime(),
    disabledAt: row.disabled_at?.getTime(),
  };
}
