// Sessions and API tokens: 256 random bits, of which only the SHA-256 is kept (a slow hash adds nothing to 256 bits).
import { createHash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import { recordChange } from './registry-changes.ts';

export type TokenKind = 'session' | 'api';

export interface NewToken {
  readonly userId: string;
  readonly kind: TokenKind;
  readonly name?: string | undefined;
  /** Epoch ms; absent: until revoked. */
  readonly expiresAt?: number | undefined;
}

export interface TokenHolder {
  readonly tokenId: string;
  readonly kind: TokenKind;
  readonly userId: string;
  readonly username: string;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const sha256 = (token: string) => createHash('sha256').update(token).digest();

/** The token itself is given once, here. */
export async function issueToken(db: Kysely<Database>, wanted: NewToken): Promise<{ tokenId: string; token: string }> {
  const token = randomBytes(32).toString('base64url');
  const tokenId = uuidv7();
  await db
    .insertInto('tokens')
    .values({
      token_id: tokenId,
      token_sha256: sha256(token),
      user_id: wanted.userId,
      kind: wanted.kind,
      name: wanted.name ?? null,
      expires_at: wanted.expiresAt === undefined ? null : new Date(wanted.expiresAt),
    })
    .execute();
  return { tokenId, token };
}

/** Who holds it, unless it is unknown, revoked or expired, or its user is disabled. */
export async function findTokenHolder(db: Kysely<Database>, token: string): Promise<TokenHolder | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const row = await db
    .selectFrom('tokens as t')
    .innerJoin('users as u', 'u.user_id', 't.user_id')
    .select(['t.token_id', 't.kind', 'u.user_id', 'u.username'])
    .where('t.token_sha256', '=', sha256(token))
    .where('t.revoked_at', 'is', null)
    .where('u.disabled_at', 'is', null)
    .where((where) => where.or([where('t.expires_at', 'is', null), where('t.expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst();
  return row && { tokenId: row.token_id, kind: row.kind, userId: row.user_id, username: row.username };
}

/** Which of them still sign somebody in; for connections that outlive the request they came with. */
export async function readHeldTokens(db: Kysely<Database>, tokenIds: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('tokens as t')
    .innerJoin('users as u', 'u.user_id', 't.user_id')
    .select('t.token_id')
    .where('t.token_id', 'in', tokenIds)
    .where('t.revoked_at', 'is', null)
    .where('u.disabled_at', 'is', null)
    .where((where) => where.or([where('t.expires_at', 'is', null), where('t.expires_at', '>', sql<Date>`now()`)]))
    .execute();
  return new Set(rows.map((row) => row.token_id));
}

export interface TokenListing {
  readonly tokenId: string;
  readonly name?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
}

export async function listApiTokens(db: Kysely<Database>, userId: string): Promise<TokenListing[]> {
  const rows = await db
    .selectFrom('tokens')
    .select(['token_id', 'name', 'created_at', 'expires_at'])
    .where('user_id', '=', userId)
    .where('kind', '=', 'api')
    .where('revoked_at', 'is', null)
    .orderBy('token_id')
    .execute();
  return rows.map((row) => ({
    tokenId: row.token_id,
    name: row.name ?? undefined,
    createdAt: row.created_at.getTime(),
    expiresAt: row.expires_at?.getTime(),
  }));
}

/** Whether there was such a token of this user to revoke. Who holds a connection by it is told. */
export async function revokeToken(db: Kysely<Database>, userId: string, tokenId: string): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('tokens')
      .set({ revoked_at: sql<Date>`now()` })
      .where('token_id', '=', tokenId)
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await recordChange(tx, 'user', userId);
    return true;
  });
}
