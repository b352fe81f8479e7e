// The contacts that members enter for themselves, beside those that a lead or admin entered for them. Promise: they count once a code
// came back from there; a push subscription counts at once, unconfirmed (domain/alerts/lint-alerting.ts says of whom there is nothing else).
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { checkContact } from './contact-channels.ts';
import { readCodesInForce, sendContactCode } from './contact-codes.ts';
import {
  addMemberContact,
  type ContactsDeps,
  contactKeyOf,
  type MemberContact,
  type NewContact,
  readMemberContacts,
} from './member-contacts.ts';
import { invalid, Refusal } from './refusal.ts';
import { recordChange } from './registry-changes.ts';
import type { Vault } from './vault.ts';

/** Robots write to a whole group, and in-app needs no contact. */
const OWN_CHANNELS = ['email', 'sms', 'web_push', 'webhook'];
/**
 * By channel: what needs no code, because whoever has signed in enters it for themselves. That one of their browsers made it is not shown: any
 * endpoint is taken.
 */
const TAKEN_AT_ONCE = new Set(['web_push']);

export interface OwnContact extends MemberContact {
  /** Until when the code that was sent there holds, epoch ms; absent: there is none. */
  readonly codeExpiresAt?: number | undefined;
}

export interface Membership {
  readonly teamId: string;
  readonly memberId: string;
  /** Those that the team entered first, in its order, then their own. */
  readonly contacts: readonly OwnContact[];
}

/** One each for the teams that the user is in, in the order they joined. */
export async function listMemberships(
  db: Kysely<Database>,
  vault: Vault,
  userId: string,
  now: number,
): Promise<Membership[]> {
  const rows = await readMemberRows(db, userId);
  const byMember = await readMemberContacts(
    db,
    vault,
    rows.map((row) => row.member_id),
  );
  const all = [...byMember.values()].flat();
  const codes = await readCodesInForce(
    db,
    all.map(({ contactId }) => contactId),
    now,
  );
  return rows.map(({ team_id: teamId, member_id: memberId }) => ({
    teamId,
    memberId,
    contacts: (byMember.get(memberId) ?? []).map((contact) => ({
      ...contact,
      codeExpiresAt: contact.verified ? undefined : codes.get(contact.contactId),
    })),
  }));
}

export interface OwnContactsChange {
  readonly userId: string;
  /** Needed by who is in several teams. */
  readonly teamId?: string | undefined;
  readonly contacts: readonly Pick<NewContact, 'channel' | 'address'>[];
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Puts `contacts` in the place of the user's own ones in a team; one that stays keeps its id and secret, and what the team entered stays
 * as it is. To each new one a code is sent, within the limits of codes. Throws Refusal `invalid`.
 */
export async function putOwnContacts(
  db: Kysely<Database>,
  { vault, ...rules }: ContactsDeps,
  { userId, teamId, contacts, now }: OwnContactsChange,
): Promise<Membership> {
  for (const [i, contact] of contacts.entries()) {
    checkOwnChannel(contact.channel, `contacts/${i}`);
    checkContact(contact, `contacts/${i}`, rules);
    if (contacts.findIndex((other) => contactKeyOf(other) === contactKeyOf(contact)) < i)
      throw invalid(`contacts/${i}/address`, 'This contact is in the list already: name it once.');
  }
  return db.transaction().execute(async (tx) => {
    await sql`select 1 from users where user_id = ${userId} for no key update`.execute(tx);
    const row = chooseMembership(await readMemberRows(tx, userId), teamId);
    const memberId = row.member_id;
    const present = (await readMemberContacts(tx, vault, [memberId])).get(memberId) ?? [];
    const ofTeam = present.filter(({ enteredBy }) => enteredBy === 'team');
    const own = new Map(
      present.filter(({ enteredBy }) => enteredBy === 'member').map((each) => [contactKeyOf(each), each]),
    );
    const made: MemberContact[] = [];
    for (const [i, contact] of contacts.entries()) {
      // What the team entered counts already.
      if (ofTeam.some((each) => contactKeyOf(each) === contactKeyOf(contact))) continue;
      const position = ofTeam.length + i;
      const kept = own.get(contactKeyOf(contact));
      own.delete(contactKeyOf(contact));
      if (kept) {
        await tx.updateTable('member_contacts').set({ position }).where('contact_id', '=', kept.contactId).execute();
        continue;
      }
      const verifiedAt = TAKEN_AT_ONCE.has(contact.channel) ? new Date(now) : undefined;
      const entry = { memberId, position, createdBy: userId, enteredBy: 'member', verifiedAt } as const;
      made.push(await addMemberContact(tx, vault, contact, entry));
    }
    for (const { contactId } of own.values())
      await tx
        .updateTable('member_contacts')
        .set({ removed_at: new Date(now) })
        .where('contact_id', '=', contactId)
        .execute();
    await recordChange(tx, 'team', row.team_id);
    for (const { contactId, verified } of made)
      if (!verified) await sendWithinLimits(tx, vault, userId, contactId, now);
    const memberships = await listMemberships(tx, vault, userId, now);
    const membership = memberships.find((each) => each.memberId === memberId);
    if (!membership) throw new Error('a membership disappeared under its lock');
    const secrets = new Map(made.map(({ contactId, secret }) => [contactId, secret]));
    const withSecret = (contact: OwnContact) => ({ ...contact, secret: secrets.get(contact.contactId) });
    return { ...membership, contacts: membership.contacts.map(withSecret) };
  });
}

/** Who has had too many codes today keeps the contact, and asks for its code when there may be one. */
async function sendWithinLimits(tx: Kysely<Database>, vault: Vault, userId: string, contactId: string, now: number) {
  try {
    await sendContactCode(tx, vault, { userId, contactId, now });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'too_many_attempts')) throw error;
  }
}

function checkOwnChannel(channel: string, field: string): void {
  if (OWN_CHANNELS.includes(channel)) return;
  throw invalid(
    `${field}/channel`,
    `A contact of one's own is one of ${OWN_CHANNELS.join(', ')}: a lead or admin adds any other.`,
  );
}

interface MemberRow {
  readonly team_id: string;
  readonly member_id: string;
}

function readMemberRows(db: Kysely<Database>, userId: string): Promise<MemberRow[]> {
  return db
    .selectFrom('members')
    .select(['team_id', 'member_id'])
    .where('user_id', '=', userId)
    .where('left_at', 'is', null)
    .orderBy('created_at')
    .orderBy('member_id')
    .execute();
}

function chooseMembership(rows: readonly MemberRow[], teamId: string | undefined): MemberRow {
  const [first, ...others] = rows;
  if (!first) throw invalid('teamId', 'You are in no team yet: a lead or admin adds you to one by your username.');
  if (teamId === undefined) {
    if (others.length === 0) return first;
    throw invalid(
      'teamId',
      `You are in several teams: name one of ${rows.map((row) => row.team_id).join(', ')}, and do it for each.`,
    );
  }
  const row = rows.find((each) => each.team_id === teamId);
  if (!row) throw invalid('teamId', 'You are not in this team: GET /users/me/contacts lists those you are in.');
  return row;
}
