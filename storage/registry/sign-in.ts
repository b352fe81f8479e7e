// Sign-in with a password, slowed per username and address, and per address over all usernames. Promises: an attempt counts before
// its password is looked at, so that many at once are no way around the delay; and nothing tells an unknown user from a wrong password.
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { verifyPassword } from './passwords.ts';
import { Refusal } from './refusal.ts';

/** This many wrong passwords cost nothing but time to type them; from then on the wait doubles. */
const FREE_FAILURES = 4;
const MAX_WAIT_S = 15 * 60;
const FORGOTTEN_AFTER_H = 24;
/** A clinic shares an address: its wait grows by a second a failure, stays short, and a failure is forgiven every minute. */
const FREE_FAILURES_OF_ADDRESS = 20;
const MAX_WAIT_OF_ADDRESS_S = 30;
const PRUNE_EVERY_MS = 60_000;

export interface SignInAttempt {
  readonly username: string;
  readonly password: string;
  /** Where it comes from, as the connection says. */
  readonly address: string;
}

/** Throws Refusal `unauthenticated`, or `too_many_attempts` with how long to wait. */
export async function signIn(
  db: Kysely<Database>,
  { username, password, address }: SignInAttempt,
): Promise<{ userId: string; username: string }> {
  const ofAddress = subjectOf(address);
  const ofName = subjectOf(`${username.toLowerCase()}\0${address}`);
  await prune(db);
  await countAttemptOfAddress(db, ofAddress);
  await countAttempt(db, ofName);
  const user = await db
    .selectFrom('users')
    .select(['user_id', 'username', 'password_hash'])
    .where(sql`lower(username)`, '=', username.toLowerCase())
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  const isRight = await verifyPassword(password, user?.password_hash).catch(async (error: unknown) => {
    // Nobody looked at the password: it was no failure.
    await takeBack(db, [ofName, ofAddress]);
    throw error;
  });
  if (!isRight || !user) throw new Refusal('unauthenticated', 'Username or password is wrong.');
  await sql`delete from sign_in_failures where subject = ${ofName}`.execute(db);
  // One who knows a password doesn't forgive the address what others guessed from there.
  await takeBack(db, [ofAddress]);
  return { userId: user.user_id, username: user.username };
}

const subjectOf = (text: string): string => createHash('sha256').update(text).digest('hex');

let prunedAt = Number.NEGATIVE_INFINITY;

async function prune(db: Kysely<Database>): Promise<void> {
  if (performance.now() - prunedAt < PRUNE_EVERY_MS) return;
  prunedAt = performance.now();
  await sql`delete from sign_in_failures where last_at < now() - ${FORGOTTEN_AFTER_H} * interval '1 hour'`.execute(db);
}

async function countAttempt(db: Kysely<Database>, subject: string): Promise<void> {
  const counted = await sql`
    insert into sign_in_failures as f (subject, failures, last_at, blocked_until) values (${subject}, 1, now(), now())
    on conflict (subject) do update set
      failures = case when f.last_at < now() - ${FORGOTTEN_AFTER_H} * interval '1 hour' then 1 else f.failures + 1 end,
      last_at = now(),
      blocked_until = now() + case when f.failures < ${FREE_FAILURES} then interval '0'
        else least(power(2, least(f.failures - ${FREE_FAILURES}, 20)), ${MAX_WAIT_S}) * interval '1 second' end
    where f.blocked_until <= now()
    returning failures`.execute(db);
  if (counted.rows.length === 0) throw await tooMany(db, subject);
}

async function countAttemptOfAddress(db: Kysely<Database>, subject: string): Promise<void> {
  const left = sql`greatest(0, f.failures - floor(extract(epoch from now() - f.last_at) / 60)::int)`;
  const counted = await sql`
    insert into sign_in_failures as f (subject, failures, last_at, blocked_until) values (${subject}, 1, now(), now())
    on conflict (subject) do update set
      failures = ${left} + 1,
      last_at = now(),
      blocked_until = now() + least(greatest(0, ${left} + 1 - ${FREE_FAILURES_OF_ADDRESS}::int), ${MAX_WAIT_OF_ADDRESS_S}::int)
        * interval '1 second'
    where f.blocked_until <= now()
    returning failures`.execute(db);
  if (counted.rows.length === 0) throw await tooMany(db, subject);
}

async function takeBack(db: Kysely<Database>, subjects: readonly string[]): Promise<void> {
  await sql`update sign_in_failures set failures = greatest(0, failures - 1), blocked_until = least(blocked_until, now())
            where subject = any(${subjects}::text[])`.execute(db);
}

async function tooMany(db: Kysely<Database>, subject: string): Promise<Refusal> {
  const { rows } = await sql<{ wait_ms: number }>`
    select greatest(0, extract(epoch from blocked_until - now()) * 1000)::int8 as wait_ms
    from sign_in_failures where subject = ${subject}`.execute(db);
  const retryAfterMs = Math.max(1_000, rows[0]?.wait_ms ?? 0);
  const detail = `Too many failed sign-ins: wait ${Math.ceil(retryAfterMs / 1000)} s, then try again.`;
  return new Refusal('too_many_attempts', detail, { retryAfterMs });
}
