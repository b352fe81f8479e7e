// Sign-in with a password, slowed per username and address. Promises: an attempt counts before its password is looked at, so
// that many at once are no way around the delay; and nothing tells an unknown user from a wrong password.
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { verifyPassword } from './passwords.ts';
import { Refusal } from './refusal.ts';

/** This many wrong passwords cost nothing but time to type them; from then on the wait doubles. */
const FREE_FAILURES = 4;
const MAX_WAIT_S = 15 * 60;
const FORGOTTEN_AFTER_H = 24;

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
  const subject = createHash('sha256').update(`${username.toLowerCase()}\0${address}`).digest('hex');
  await countAttempt(db, subject);
  const user = await db
    .selectFrom('users')
    .select(['user_id', 'username', 'password_hash'])
    .where(sql`lower(username)`, '=', username.toLowerCase())
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (!(await verifyPassword(password, user?.password_hash)) || !user)
    throw new Refusal('unauthenticated', 'Username or password is wrong.');
  await sql`delete from sign_in_failures
            where subject = ${subject} or last_at < now() - ${FORGOTTEN_AFTER_H} * interval '1 hour'`.execute(db);
  return { userId: user.user_id, username: user.username };
}

async function countAttempt(db: Kysely<Database>, subject: string): Promise<void> {
  const counted = await sql<{ failures: number }>`
    insert into sign_in_failures as f (subject, failures, last_at, blocked_until) values (${subject}, 1, now(), now())
    on conflict (subject) do update set
      failures = case when f.last_at < now() - ${FORGOTTEN_AFTER_H} * interval '1 hour' then 1 else f.failures + 1 end,
      last_at = now(),
      blocked_until = now() + case when f.failures < ${FREE_FAILURES} then interval '0'
        else least(power(2, least(f.failures - ${FREE_FAILURES}, 20)), ${MAX_WAIT_S}) * interval '1 second' end
    where f.blocked_until <= now()
    returning failures`.execute(db);
  if (counted.rows.length > 0) return;
  const { rows } = await sql<{ wait_ms: number }>`
    select greatest(0, extract(epoch from blocked_until - now()) * 1000)::int8 as wait_ms
    from sign_in_failures where subject = ${subject}`.execute(db);
  const retryAfterMs = Math.max(1_000, rows[0]?.wait_ms ?? 0);
  const detail = `Too many failed sign-ins: wait ${Math.ceil(retryAfterMs / 1000)} s, then try again.`;
  throw new Refusal('too_many_attempts', detail, { retryAfterMs });
}
