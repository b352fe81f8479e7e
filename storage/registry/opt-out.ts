// The way out of the messages that a patient's or carer's contact gets: a link that nobody can guess and that says nothing of whom it is
// about. It is the same in every message of a contact, and withdraws the consent of that contact alone.
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Queryable } from '../alerts/queryable.ts';
import type { Database } from '../database-schema.ts';
import { recordChange } from './registry-changes.ts';
import type { Vault } from './vault.ts';

/** 128 bits of a keyed hash: as unguessable as the encryption key, and short enough for an SMS. */
const TOKEN_BYTES = 16;
const OPT_OUT_TOKEN = /^[A-Za-z0-9_-]{22}$/;

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/** The token of a contact's link, by whose SHA-256 the contact will be found. */
export async function issueOptOutToken(db: Queryable, vault: Pick<Vault, 'hash'>, contactId: string): Promise<string> {
  const token = vault.hash('opt-out link', contactId).subarray(0, TOKEN_BYTES).toString('base64url');
  await db.query({
    name: 'opt-out-issue',
    text: 'update patient_contacts set opt_out_sha256 = $2 where contact_id = $1 and opt_out_sha256 is distinct from $2',
    values: [contactId, hashOf(token)],
  });
  return token;
}

export interface OptOutContact {
  readonly contactId: string;
  readonly patientKey: number;
  /** Messages may go to it now. */
  readonly isTold: boolean;
}

/** Undefined where no message has carried this token, or the patient was erased. */
export async function findOptOutContact(db: Kysely<Database>, token: string): Promise<OptOutContact | undefined> {
  if (!OPT_OUT_TOKEN.test(token)) return undefined;
  const row = await db
    .selectFrom('patient_contacts')
    .select(['contact_id', 'patient_key', 'consent_at', 'consent_withdrawn_at', 'to_at'])
    .where('opt_out_sha256', '=', hashOf(token))
    .executeTakeFirst();
  if (!row) return undefined;
  const isTold = row.consent_at !== null && row.consent_withdrawn_at === null && row.to_at === null;
  return { contactId: row.contact_id, patientKey: row.patient_key, isTold };
}

/** Withdrawn again, it stays withdrawn since the first time. */
export async function withdrawConsent(
  db: Kysely<Database>,
  { contactId, patientKey }: OptOutContact,
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('patient_contacts')
      .set({ consent_withdrawn_at: sql<Date>`coalesce(consent_withdrawn_at, ${new Date(now)}::timestamptz)` })
      .where('contact_id', '=', contactId)
      .where('consent_at', 'is not', null)
      .execute();
    await recordChange(tx, 'patient', patientKey);
  });
}
