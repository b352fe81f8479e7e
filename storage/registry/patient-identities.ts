// Who a patient is, and the only code that writes or reads it (DESIGN §9.11): a sealed row per field, found by keyed hashes.
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { nameTokens, normaliseIdentifier, normalisePhone, normaliseText, queryWords } from './identity-search.ts';
import { violatedConstraint } from './postgres-errors.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Sealed, Vault } from './vault.ts';

export interface Identifier {
  /** Who gave it, e.g. `national_id`, `health_card`. */
  readonly system: string;
  readonly value: string;
}

export interface PatientIdentity {
  readonly name: string;
  readonly phone?: string | undefined;
  readonly address?: string | undefined;
  readonly identifiers: readonly Identifier[];
}

/** What is absent stays as it is; null and an empty list remove. */
export interface IdentityChange {
  readonly name?: string | undefined;
  readonly phone?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly identifiers?: readonly Identifier[] | undefined;
}

export interface PatientIdentities {
  /** In the caller’s transaction. Throws Refusal `conflict` where another patient has one of the identifiers, `invalid` where one comes twice. */
  write(tx: Kysely<Database>, patientKey: number, change: IdentityChange): Promise<void>;
  read(db: Kysely<Database>, patientKeys: readonly number[]): Promise<Map<number, PatientIdentity>>;
  /** A condition on `patientKey`: name, pinyin or initials contain every word, or an identifier or phone is exactly the query. */
  matches(patientKey: Expression<number>, query: string): Expression<SqlBool>;
}

/** Enough to tell one token from another among all names of an installation, at half the size. */
const SEARCH_HASH_BYTES = 16;
const place = (patientKey: number, field: string) => `patient/${patientKey}/${field}`;

type Field = Database['patient_identities']['field'];
interface FieldValue {
  readonly value: string;
  readonly normalised: string;
  readonly system?: string | undefined;
}

export function createPatientIdentities(vault: Vault): PatientIdentities {
  const searchHash = (token: string) => vault.hash('name part', token).subarray(0, SEARCH_HASH_BYTES);

  async function replace(tx: Kysely<Database>, patientKey: number, field: Field, values: readonly FieldValue[]) {
    await tx
      .deleteFrom('patient_identities')
      .where('patient_key', '=', patientKey)
      .where('field', '=', field)
      .execute();
    if (values.length === 0) return;
    const rows = values.map(({ value, normalised, system }, position) => {
      const { bytes, keyId } = vault.seal(value, place(patientKey, field));
      return {
        patient_key: patientKey,
        field,
        position,
        system: system ?? null,
        value_encrypted: bytes,
        key_id: keyId,
        value_hash: vault.hash(field, normalised),
        search_hashes: field === 'name' ? nameTokens(value).map(searchHash) : [],
      };
    });
    await tx
      .insertInto('patient_identities')
      .values(rows)
      .execute()
      .catch((cause: unknown) => {
        if (violatedConstraint(cause) !== 'patient_identities_identifier') throw cause;
        const detail =
          'Another patient already has one of these identifiers: look for that patient, or correct the number.';
        throw new Refusal('conflict', detail, { field: 'identifiers', cause });
      });
  }

  return {
    async write(tx, patientKey, { name, phone, address, identifiers }) {
      const single = (value: string | null, normalise: (text: string) => string) =>
        value === null ? [] : [{ value, normalised: normalise(value) }];
      const given = identifiers?.map(({ system, value }) => ({
        system,
        value,
        normalised: normaliseIdentifier(value),
      }));
      if (given) refuseRepeated(given);
      if (name !== undefined) await replace(tx, patientKey, 'name', single(name, normaliseText));
      if (phone !== undefined) await replace(tx, patientKey, 'phone', single(phone, normalisePhone));
      if (address !== undefined) await replace(tx, patientKey, 'address', single(address, normaliseText));
      if (given) await replace(tx, patientKey, 'identifier', given);
    },

    async read(db, patientKeys) {
      const identities = new Map<number, PatientIdentity>();
      if (patientKeys.length === 0) return identities;
      const rows = await db
        .selectFrom('patient_identities')
        .select(['patient_key', 'field', 'system', 'value_encrypted', 'key_id'])
        .where('patient_key', 'in', patientKeys)
        .orderBy('patient_key')
        .orderBy('position')
        .execute();
      for (const row of rows) {
        const sealed: Sealed = { bytes: row.value_encrypted, keyId: row.key_id };
        const value = vault.open(sealed, place(row.patient_key, row.field));
        const identity = identities.get(row.patient_key) ?? { name: '', identifiers: [] };
        identities.set(row.patient_key, withField(identity, row.field, row.system, value));
      }
      return identities;
    },

    matches(patientKey, query) {
      const tokens = queryWords(query).map(searchHash);
      const exact = [
        { field: 'identifier', hash: vault.hash('identifier', normaliseIdentifier(query)) },
        { field: 'phone', hash: vault.hash('phone', normalisePhone(query)) },
      ];
      const named = sql<SqlBool>`(i.field = 'name' and i.search_hashes @> ${tokens}::bytea[] and ${tokens.length} > 0)`;
      const exactly = exact.map(({ field, hash }) => sql<SqlBool>`(i.field = ${field} and i.value_hash = ${hash})`);
      return sql<SqlBool>`${patientKey} in (
        select i.patient_key from patient_identities i where ${sql.join([named, ...exactly], sql` or `)})`;
    },
  };
}

function refuseRepeated(identifiers: readonly FieldValue[]): void {
  const seen = new Set<string>();
  for (const [index, { system, normalised }] of identifiers.entries()) {
    const key = `${system}\0${normalised}`;
    if (seen.has(key)) throw invalid(`identifiers/${index}`, 'This identifier is given twice: leave it out once.');
    seen.add(key);
  }
}

function withField(identity: PatientIdentity, field: Field, system: string | null, value: string): PatientIdentity {
  if (field !== 'identifier') return { ...identity, [field]: value };
  return { ...identity, identifiers: [...identity.identifiers, { system: system ?? '', value }] };
}
