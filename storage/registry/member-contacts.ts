// How a member of a team is reached. Addresses and secrets are sealed; a secret leaves once, in the answer to who set it.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import { CONTACT_CHANNELS, type ContactRules, checkContact, checkSecret } from './contact-channels.ts';
import { makeContactSecret, type OpenContact, openContact, type SealedContact } from './sealed-contact.ts';
import type { Vault } from './vault.ts';

export interface NewContact {
  readonly channel: string;
  readonly address: string;
  readonly secret?: string | undefined;
}

export interface MemberContact {
  readonly contactId: string;
  readonly channel: string;
  readonly address: string;
  readonly verified: boolean;
  /** `member`: by themselves. `team`: for them, by a lead or admin. */
  readonly enteredBy: 'team' | 'member';
  /** Only where it was made just now. */
  readonly secret?: string | undefined;
}

const place = (contactId: string, part: 'address' | 'secret') => `member-contact/${contactId}/${part}`;

/** A contact as the step that sends needs it. Throws where it was sealed with a key that is gone. */
export const openMemberContact = (vault: Vault, contactId: string, sealed: SealedContact): OpenContact =>
  openContact(vault, sealed, (part) => place(contactId, part));

export interface ContactsDeps extends ContactRules {
  readonly vault: Vault;
}

/**
 * Puts `contacts` in the place of all a member's present ones, in the caller's transaction. One that was there before (same channel
 * and address, no new secret) keeps its id and secret, and one that the member entered stays theirs to verify. Throws Refusal `invalid`.
 */
export async function replaceMemberContacts(
  tx: Kysely<Database>,
  { vault, ...rules }: ContactsDeps,
  memberId: string,
  contacts: readonly NewContact[],
  createdBy: string,
): Promise<MemberContact[]> {
  const present = new Map(
    (await readMemberContacts(tx, vault, [memberId])).get(memberId)?.map((c) => [contactKeyOf(c), c]),
  );
  const result: MemberContact[] = [];
  await tx
    .updateTable('member_contacts')
    .set({ removed_at: sql<Date>`now()` })
    .where('member_id', '=', memberId)
    .where('removed_at', 'is', null)
    .execute();
  for (const [position, contact] of contacts.entries()) {
    const channel = checkContact(contact, `contacts/${position}`, rules);
    const kept = contact.secret === undefined ? present.get(contactKeyOf(contact)) : undefined;
    if (kept) {
      await tx
        .updateTable('member_contacts')
        .set({ removed_at: null, position })
        .where('contact_id', '=', kept.contactId)
        .execute();
      present.delete(contactKeyOf(contact));
      result.push(kept);
      continue;
    }
    checkSecret(channel, contact.secret, `contacts/${position}`);
    // Only leads and admins can get here, and what they enter needs no verification (DESIGN §7).
    const entry = { memberId, position, createdBy, enteredBy: 'team', verifiedAt: new Date() } as const;
    result.push(await addMemberContact(tx, vault, contact, entry));
  }
  return result;
}

export interface ContactEntry {
  readonly memberId: string;
  readonly position: number;
  readonly createdBy: string;
  readonly enteredBy: MemberContact['enteredBy'];
  /** Absent: it has to be verified. */
  readonly verifiedAt?: Date | undefined;
}

/** The contact was checked. Its secret is in the answer where it was made. */
export async function addMemberContact(
  tx: Kysely<Database>,
  vault: Vault,
  contact: NewContact,
  { memberId, position, createdBy, enteredBy, verifiedAt }: ContactEntry,
): Promise<MemberContact> {
  const contactId = uuidv7();
  const made =
    CONTACT_CHANNELS[contact.channel]?.secret === 'made' && contact.secret === undefined
      ? makeContactSecret()
      : undefined;
  const secret = made ?? contact.secret;
  const { channel, address } = contact;
  const sealed = vault.seal(address, place(contactId, 'address'));
  await tx
    .insertInto('member_contacts')
    .values({
      contact_id: contactId,
      member_id: memberId,
      position,
      channel,
      address_encrypted: sealed.bytes,
      secret_encrypted: secret === undefined ? null : vault.seal(secret, place(contactId, 'secret')).bytes,
      key_id: sealed.keyId,
      created_by: createdBy,
      verified_at: verifiedAt ?? null,
      own: enteredBy === 'member',
    })
    .execute();
  return { contactId, channel, address, verified: verifiedAt !== undefined, enteredBy, secret: made };
}

/** Present contacts by member, in the members' own order. */
export async function readMemberContacts(
  db: Kysely<Database>,
  vault: Vault,
  memberIds: readonly string[],
): Promise<Map<string, MemberContact[]>> {
  const contacts = new Map<string, MemberContact[]>();
  if (memberIds.length === 0) return contacts;
  const rows = await db
    .selectFrom('member_contacts')
    .select(['member_id', 'contact_id', 'channel', 'address_encrypted', 'key_id', 'verified_at', 'own'])
    .where('member_id', 'in', memberIds)
    .where('removed_at', 'is', null)
    .orderBy('position')
    .orderBy('contact_id')
    .execute();
  for (const row of rows) {
    const address = vault.open({ bytes: row.address_encrypted, keyId: row.key_id }, place(row.contact_id, 'address'));
    const { contact_id: contactId, channel } = row;
    const enteredBy = row.own ? ('member' as const) : ('team' as const);
    const contact = { contactId, channel, address, verified: row.verified_at !== null, enteredBy };
    contacts.set(row.member_id, [...(contacts.get(row.member_id) ?? []), contact]);
  }
  return contacts;
}

/** Two with the same are one contact. */
export const contactKeyOf = ({ channel, address }: Pick<NewContact, 'channel' | 'address'>) => `${channel}\0${address}`;
