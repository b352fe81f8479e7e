// A patient's plan and targets: one document holds at a time, a new one ends the one before and keeps it.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';
import { Refusal } from './refusal.ts';

const TABLES = {
  plan: { table: 'plans', id: 'plan_id', body: 'plan' },
  targets: { table: 'targets', id: 'target_id', body: 'targets' },
} as const;
export type DocumentKind = keyof typeof TABLES;

export interface DatedDocument<T> {
  readonly id: string;
  readonly document: T;
  /** Epoch ms. */
  readonly from: number;
  readonly to?: number | undefined;
}

/**
 * Holds from `from` on. One that began at the same instant is replaced.
 * Throws Refusal `conflict` where one begins later: a plan for then has been made already.
 */
export async function putDocument<T>(
  db: Kysely<Database>,
  kind: DocumentKind,
  patient: PatientRef,
  { document, from, to }: Omit<DatedDocument<T>, 'id'>,
  now: number,
): Promise<DatedDocument<T>> {
  const { table, id, body } = TABLES[kind];
  return db.transaction().execute(async (tx) => {
    await tx
      .selectFrom('patients')
      .select('patient_key')
      .where('patient_key', '=', patient.patientKey)
      .forUpdate()
      .execute();
    const before = await readDocuments<T>(tx, kind, patient.patientKey);
    const later = before.find((other) => other.from > from && (to === undefined || other.from < to));
    if (later) {
      const detail = `Another one begins later, on ${new Date(later.from).toISOString()}: let this one end (to) by then.`;
      throw new Refusal('conflict', detail, { field: 'from' });
    }
    const start = new Date(from);
    await sql`delete from ${sql.table(table)} where patient_key = ${patient.patientKey} and from_at = ${start}`.execute(
      tx,
    );
    await sql`update ${sql.table(table)} set to_at = ${start}
              where patient_key = ${patient.patientKey} and from_at < ${start} and (to_at is null or to_at > ${start})`.execute(
      tx,
    );
    const documentId = uuidv7();
    await sql`insert into ${sql.table(table)} (${sql.ref(id)}, patient_key, ${sql.ref(body)}, from_at, to_at)
              values (${documentId}, ${patient.patientKey}, ${JSON.stringify(document)}, ${start},
                      ${to === undefined ? null : new Date(to)})`.execute(tx);
    await announcePatientFact(tx, patient, now);
    return { id: documentId, document, from, to };
  });
}

/** All there ever were, in ascending `from`. */
export async function readDocuments<T>(
  db: Kysely<Database>,
  kind: DocumentKind,
  patientKey: number,
): Promise<DatedDocument<T>[]> {
  const { table, id, body } = TABLES[kind];
  const { rows } = await sql<{ id: string; document: T; from_at: Date; to_at: Date | null }>`
    select ${sql.ref(id)} as id, ${sql.ref(body)} as document, from_at, to_at from ${sql.table(table)}
    where patient_key = ${patientKey} order by from_at`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    document: row.document,
    from: row.from_at.getTime(),
    to: row.to_at?.getTime(),
  }));
}
