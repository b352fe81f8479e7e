// Codes by which somebody shows that a contact they entered for themselves is theirs: made here, sent by alerting, given back here.
// Promise: what is tried out stays far below what six digits are worth, and nobody is made to get more than a few messages a day.
import { randomInt, timingSafeEqual } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { VerificationSubject } from '../../domain/alerts/notification-subject.ts';
import type { Database } from '../database-schema.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { recordChange } from './registry-changes.ts';
import type { Vault } from './vault.ts';

const HOLDS_MS = 15 * 60_000;
const ATTEMPTS = 5;
const PAUSE_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
const PER_CONTACT_A_DAY = 10;
/** Over all contacts of a person, removed ones too: who enters one number after the other sends no more than this. */
const PER_PERSON_A_DAY = 20;
const PER_PERSON_A_MINUTE = 5;

/** The code is sealed for the notification that brings it. */
export const codePlace = (contactId: string) => `contact-code/${contactId}`;
const hashCode = (vault: Vault, contactId: string, code: string) => vault.hash('contact-code', `${contactId}/${code}`);

export interface CodeQuestion {
  readonly userId: string;
  readonly contactId: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface SentCode {
  readonly contactId: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/**
 * Makes a code and leaves it to alerting to send; the one before it holds no more. Throws Refusal `not_found` for a contact that isn't the
 * user's own, `conflict` for one that needs none, `too_many_attempts` for one too soon or too many.
 */
export async function sendContactCode(
  tx: Kysely<Database>,
  vault: Vault,
  { userId, contactId, now }: CodeQuestion,
): Promise<SentCode> {
  // Whoever asks twice at once is counted twice.
  await sql`select 1 from users where user_id = ${userId} for no key update`.execute(tx);
  const contact = await findOwnContact(tx, userId, contactId);
  if (contact.verified) throw new Refusal('conflict', 'This contact is verified already: it needs no code.');
  await checkLimits(tx, userId, contactId, now);

  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const sealed = vault.seal(code, codePlace(contactId));
  const expiresAt = now + HOLDS_MS;
  const notificationId = uuidv7();
  const verification: VerificationSubject = {
    contactId,
    sealedCode: sealed.bytes.toString('base64'),
    keyId: sealed.keyId,
    expiresAt,
  };
  await sql`update notifications set status = 'skipped', due_at = null, settled_at = ${now}, last_failure = 'newer_code'
    where status = 'pending' and notification_id in (select notification_id from contact_codes where contact_id = ${contactId})`.execute(
    tx,
  );
  await sql`insert into notifications (notification_id, occurrence, contact_id, member_id, user_id, team_id, channel, kind, severity, reason,
      sent_key, subject, status, due_at, created_at)
    values (${notificationId}, 1, ${contactId}, ${contact.memberId}, ${userId}, ${contact.teamId}, ${contact.channel}, 'verification', 'info',
      'contact_entered', ${`verification ${notificationId}`}, ${JSON.stringify({ verification })}, 'pending', ${now}, ${now})`.execute(
    tx,
  );
  await tx
    .insertInto('contact_codes')
    .values({
      notification_id: notificationId,
      contact_id: contactId,
      user_id: userId,
      code_hash: hashCode(vault, contactId, code),
      sent_at: now,
      expires_at: expiresAt,
    })
    .execute();
  return { contactId, expiresAt };
}

async function checkLimits(tx: Kysely<Database>, userId: string, contactId: string, now: number): Promise<void> {
  await tx
    .deleteFrom('contact_codes')
    .where('user_id', '=', userId)
    .where('sent_at', '<=', now - DAY_MS)
    .execute();
  const codes = await tx
    .selectFrom('contact_codes')
    .select(['contact_id', 'sent_at'])
    .where('user_id', '=', userId)
    .orderBy('sent_at')
    .execute();
  const ofContact = codes.filter((code) => code.contact_id === contactId).map((code) => code.sent_at);
  const latest = ofContact.at(-1);
  if (latest !== undefined && now < latest + PAUSE_MS)
    throw tooMany('A code was sent less than a minute ago: wait for it, or ask again then.', latest + PAUSE_MS - now);
  const all = codes.map((code) => code.sent_at);
  const inLastMinute = all.filter((sentAt) => sentAt > now - PAUSE_MS);
  if (inLastMinute.length >= PER_PERSON_A_MINUTE)
    throw tooMany(
      `${PER_PERSON_A_MINUTE} codes were sent to your contacts within a minute: ask again after it.`,
      untilFree(inLastMinute, PER_PERSON_A_MINUTE, PAUSE_MS, now),
    );
  if (ofContact.length >= PER_CONTACT_A_DAY)
    throw tooMany(
      `${PER_CONTACT_A_DAY} codes were sent to this contact within a day: look whether the address is right, and ask again later.`,
      untilFree(ofContact, PER_CONTACT_A_DAY, DAY_MS, now),
    );
  if (all.length >= PER_PERSON_A_DAY)
    throw tooMany(
      `${PER_PERSON_A_DAY} codes were sent to your contacts within a day: ask again later, or have a lead enter the contact.`,
      untilFree(all, PER_PERSON_A_DAY, DAY_MS, now),
    );
}

/** Until one fewer than `atMost` lie within the window. */
const untilFree = (sentAt: readonly number[], atMost: number, windowMs: number, now: number): number =>
  (sentAt.at(-atMost) ?? now) + windowMs - now;

export interface GivenCode extends CodeQuestion {
  readonly code: string;
}

/**
 * From now on the contact counts. Throws Refusal `not_found` for a contact that isn't the user's own, `invalid` for a code that is wrong
 * or holds no more, `too_many_attempts` after five wrong ones.
 */
export async function verifyContact(
  db: Kysely<Database>,
  vault: Vault,
  { userId, contactId, code, now }: GivenCode,
): Promise<void> {
  // A wrong attempt has to be counted although it is refused.
  const refusal = await db.transaction().execute(async (tx): Promise<Refusal | undefined> => {
    const contact = await findOwnContact(tx, userId, contactId);
    if (contact.verified) return undefined;
    const latest = await tx
      .selectFrom('contact_codes')
      .selectAll()
      .where('contact_id', '=', contactId)
      .orderBy('sent_at', 'desc')
      .limit(1)
      .forUpdate()
      .executeTakeFirst();
    if (!latest || latest.expires_at <= now)
      return invalid('code', 'No code holds for this contact any more: have a new one sent (send-code).');
    if (latest.attempts >= ATTEMPTS)
      return tooMany(
        `This code was tried ${ATTEMPTS} times and holds no more: have a new one sent (send-code).`,
        Math.max(0, latest.sent_at + PAUSE_MS - now),
        'code',
      );
    const isRight = timingSafeEqual(hashCode(vault, contactId, code), latest.code_hash);
    await tx
      .updateTable('contact_codes')
      .set(isRight ? { expires_at: now } : { attempts: latest.attempts + 1 })
      .where('notification_id', '=', latest.notification_id)
      .execute();
    if (!isRight)
      return invalid(
        'code',
        'This is not the code that was sent last to this contact: correct it, or have a new one sent (send-code).',
      );
    const verified_at = new Date(now);
    await tx.updateTable('member_contacts').set({ verified_at }).where('contact_id', '=', contactId).execute();
    await recordChange(tx, 'team', contact.teamId);
    return undefined;
  });
  if (refusal) throw refusal;
}

/** Until when the code that was sent last holds, by contact; absent: there is none. Epoch ms. */
export async function readCodesInForce(
  db: Kysely<Database>,
  contactIds: readonly string[],
  now: number,
): Promise<Map<string, number>> {
  if (contactIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('contact_codes')
    .select(({ fn }) => ['contact_id', fn.max('expires_at').as('expires_at')])
    .where('contact_id', 'in', contactIds)
    .where('expires_at', '>', now)
    .groupBy('contact_id')
    .execute();
  return new Map(rows.map((row) => [row.contact_id, row.expires_at]));
}

async function findOwnContact(tx: Kysely<Database>, userId: string, contactId: string) {
  const row = await tx
    .selectFrom('member_contacts as c')
    .innerJoin('members as m', 'm.member_id', 'c.member_id')
    .select(['c.channel', 'c.verified_at', 'm.member_id', 'm.team_id'])
    .where('c.contact_id', '=', contactId)
    .where('c.removed_at', 'is', null)
    .where('m.user_id', '=', userId)
    .where('m.left_at', 'is', null)
    .executeTakeFirst();
  if (!row) throw notFound('contact of yours');
  return { channel: row.channel, memberId: row.member_id, teamId: row.team_id, verified: row.verified_at !== null };
}

const tooMany = (detail: string, retryAfterMs: number, field?: string): Refusal =>
  new Refusal('too_many_attempts', detail, { retryAfterMs, ...(field === undefined ? {} : { field }) });
