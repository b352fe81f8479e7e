// How a patient and their carers are reached, with consent. All of it sealed; a change ends what was and keeps it; a secret leaves once,
// in the answer to who set it.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Language } from '../../domain/language.ts';
import type { Database } from '../database-schema.ts';
import { checkContact } from './contact-channels.ts';
import type { PatientRef } from './find-in-scope.ts';
import type { ContactsDeps } from './member-contacts.ts';
import { recordChange } from './registry-changes.ts';
import { makeContactSecret, type OpenContact, openContact, type SealedContact } from './sealed-contact.ts';
import type { Vault } from './vault.ts';

export interface NewPatientContact {
  readonly relation: 'self' | 'carer';
  readonly name?: string | undefined;
  readonly channel: string;
  readonly address: string;
  /** Of a channel that signs; absent: as it was, or made. */
  readonly secret?: string | undefined;
  /** Of messages; absent: as the team has it. */
  readonly language?: Language | undefined;
  /** Whether the patient agrees that this contact is told of alerts. */
  readonly consent: boolean;
}

export interface PatientContact extends NewPatientContact {
  readonly contactId: string;
  /** Only where it was made just now. */
  readonly secret?: string | undefined;
  /** When consent was given, epoch ms. */
  readonly consentAt?: number | undefined;
  /** When it was taken back, by the link in a message or by who keeps the register. */
  readonly consentWithdrawnAt?: number | undefined;
}

const place = (contactId: string, part: 'name' | 'address' | 'secret') => `patient-contact/${contactId}/${part}`;

/** A contact as the step that sends needs it. Throws where it was sealed with a key that is gone. */
export const openPatientContact = (vault: Vault, contactId: string, sealed: SealedContact): OpenContact =>
  openContact(vault, sealed, (part) => place(contactId, part));

/** A contact that stays (same relation, channel and address) keeps its id, and its consent the date it was given. */
export async function putPatientContacts(
  db: Kysely<Database>,
  { vault, ...rules }: ContactsDeps,
  { patientKey }: Pick<PatientRef, 'patientKey'>,
  contacts: readonly NewPatientContact[],
  now: number,
): Promise<PatientContact[]> {
  return db.transaction().execute(async (tx) => {
    await tx.selectFrom('patients').select('patient_key').where('patient_key', '=', patientKey).forUpdate().execute();
    const before = new Map((await listPatientContacts(tx, vault, patientKey)).map((c) => [keyOf(c), c]));
    const secrets = await openSecrets(tx, vault, patientKey);
    const at = new Date(now);
    await tx
      .updateTable('patient_contacts')
      .set({
        to_at: at,
        consent_withdrawn_at: sql<Date | null>`case when consent_at is null then null else coalesce(consent_withdrawn_at, ${at}::timestamptz) end`,
      })
      .where('patient_key', '=', patientKey)
      .where('to_at', 'is', null)
      .execute();
    const madeSecrets = new Map<string, string>();
    for (const [position, contact] of contacts.entries()) {
      const channel = checkContact(contact, `contacts/${position}`, rules, 'patient');
      const kept = before.get(keyOf(contact));
      before.delete(keyOf(contact));
      const contactId = kept?.contactId ?? uuidv7();
      const address = vault.seal(contact.address, place(contactId, 'address'));
      const present = secrets.get(contactId);
      const made =
        channel.secret === 'made' && contact.secret === undefined && present === undefined
          ? makeContactSecret()
          : undefined;
      if (made !== undefined) madeSecrets.set(contactId, made);
      const secret = contact.secret ?? present ?? made;
      const values = {
        position,
        relation: contact.relation,
        name_encrypted: contact.name === undefined ? null : vault.seal(contact.name, place(contactId, 'name')).bytes,
        channel: contact.channel,
        address_encrypted: address.bytes,
        secret_encrypted: secret === undefined ? null : vault.seal(secret, place(contactId, 'secret')).bytes,
        key_id: address.keyId,
        ...consentOf(contact, kept, now),
        language: contact.language ?? null,
        to_at: null,
      };
      const insert = { ...values, contact_id: contactId, patient_key: patientKey, from_at: at };
      await tx
        .insertInto('patient_contacts')
        .values(insert)
        .onConflict((conflict) => conflict.column('contact_id').doUpdateSet(values))
        .execute();
    }
    await recordChange(tx, 'patient', patientKey);
    const after = await listPatientContacts(tx, vault, patientKey);
    return after.map((contact) => ({ ...contact, secret: madeSecrets.get(contact.contactId) }));
  });
}

/** Of the present ones that have one, by contact. */
async function openSecrets(tx: Kysely<Database>, vault: Vault, patientKey: number): Promise<Map<string, string>> {
  const rows = await tx
    .selectFrom('patient_contacts')
    .select(['contact_id', 'secret_encrypted', 'key_id'])
    .where('patient_key', '=', patientKey)
    .where('to_at', 'is', null)
    .execute();
  const open = (bytes: Buffer, contactId: string, keyId: string) =>
    vault.open({ bytes, keyId }, place(contactId, 'secret'));
  return new Map(
    rows.flatMap(({ contact_id: id, secret_encrypted: bytes, key_id: keyId }) =>
      bytes === null ? [] : [[id, open(bytes, id, keyId)] as const],
    ),
  );
}

/** Given again after it was withdrawn, it is dated anew; not given any more, it stays on record when it was and when it ended. */
function consentOf({ consent }: NewPatientContact, kept: PatientContact | undefined, now: number) {
  const { consentAt, consentWithdrawnAt } = kept ?? {};
  const holds = kept?.consent ?? false;
  if (consent) return { consent_at: new Date((holds ? consentAt : undefined) ?? now), consent_withdrawn_at: null };
  if (consentAt === undefined) return { consent_at: null, consent_withdrawn_at: null };
  return { consent_at: new Date(consentAt), consent_withdrawn_at: new Date(consentWithdrawnAt ?? now) };
}

/** Present ones, in their own order. */
export async function listPatientContacts(
  db: Kysely<Database>,
  vault: Vault,
  patientKey: number,
): Promise<PatientContact[]> {
  const rows = await db
    .selectFrom('patient_contacts')
    .selectAll()
    .where('patient_key', '=', patientKey)
    .where('to_at', 'is', null)
    .orderBy('position')
    .execute();
  return rows.map((row) => {
    const { contact_id: contactId, key_id: keyId, name_encrypted: name } = row;
    return {
      contactId,
      relation: row.relation,
      name: name === null ? undefined : vault.open({ bytes: name, keyId }, place(contactId, 'name')),
      channel: row.channel,
      address: vault.open({ bytes: row.address_encrypted, keyId }, place(contactId, 'address')),
      consent: row.consent_at !== null && row.consent_withdrawn_at === null,
      consentAt: row.consent_at?.getTime(),
      consentWithdrawnAt: row.consent_withdrawn_at?.getTime(),
      language: row.language ?? undefined,
    };
  });
}

const keyOf = ({ relation, channel, address }: NewPatientContact) => `${relation}\0${channel}\0${address}`;
