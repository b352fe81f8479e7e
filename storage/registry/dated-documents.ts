// A patient's plan and targets: one document holds at a time, a new one ends the one before and keeps it.
// Targets are numbered, and know who set them, because rules judge by them.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';
import { Refusal } from './refusal.ts';
import { checkRevision } from './rule-revision.ts';

const TABLES = {
  plan: { table: 'plans', id: 'plan_id', body: 'plan', isNumbered: false },
  targets: { table: 'targets', id: 'target_id', body: 'targets', isNumbered: true },
} as const;
export type DocumentKind = keyof typeof TABLES;

export interface NewDocument<T> {
  readonly document: T;
  /** Epoch ms. */
  readonly from: number;
  readonly to?: number | undefined;
}

export interface DatedDocument<T> extends NewDocument<T> {
  readonly id: string;
  /** Targets are numbered from 1 on, and know when and by whom they were set; of a plan it is 0. */
  readonly revision: number;
  readonly recordedAt?: number | undefined;
  /** User id. */
  readonly recordedBy?: string | undefined;
}

export interface PutDocument {
  readonly now: number;
  /** User id. */
  readonly by: string;
  /** The revision that the caller has seen; absent: whichever it is. */
  readonly revision?: number | undefined;
  /** Where one begins later already, this one ends there. Without it that is a conflict. */
  readonly endsAtNext?: boolean | undefined;
}

/**
 * Holds from `from` on. One that began at the same instant never held: of targets it is kept all the same, as one of no length.
 * Throws Refusal `conflict` where one begins later (a plan for then has been made already), or where `revision` is not the newest.
 */
export async function putDocument<T>(
  db: Kysely<Database>,
  kind: DocumentKind,
  patient: PatientRef,
  { document, from, to }: NewDocument<T>,
  { now, by, revision: seen, endsAtNext = false }: PutDocument,
): Promise<DatedDocument<T>> {
  const { table, id, body, isNumbered } = TABLES[kind];
  const { patientKey } = patient;
  return db.transaction().execute(async (tx) => {
    await tx.selectFrom('patients').select('patient_key').where('patient_key', '=', patientKey).forUpdate().execute();
    const before = await readDocuments<T>(tx, kind, patientKey);
    const newest = newestRevision(before);
    checkRevision(seen, newest);
    const later = before.find((other) => other.from > from && (to === undefined || other.from < to) && lasts(other));
    if (later && !endsAtNext) {
      const detail = `Another one begins later, on ${new Date(later.from).toISOString()}: let this one end (to) by then.`;
      throw new Refusal('conflict', detail, { field: 'from' });
    }
    const [start, end] = [new Date(from), later?.from ?? to];
    if (!isNumbered)
      await sql`delete from ${sql.table(table)} where patient_key = ${patientKey} and from_at = ${start}`.execute(tx);
    await sql`update ${sql.table(table)} set to_at = ${start}
              where patient_key = ${patientKey} and from_at <= ${start} and (to_at is null or to_at > ${start})`.execute(
      tx,
    );
    const documentId = uuidv7();
    const revision = isNumbered ? newest + 1 : 0;
    const [columns, values] = isNumbered
      ? [sql`, revision, recorded_at, recorded_by`, sql`, ${revision}, ${new Date(now)}, ${by}`]
      : [sql``, sql``];
    await sql`insert into ${sql.table(table)} (${sql.ref(id)}, patient_key, ${sql.ref(body)}, from_at, to_at ${columns})
              values (${documentId}, ${patientKey}, ${JSON.stringify(document)}, ${start},
                      ${end === undefined ? null : new Date(end)} ${values})`.execute(tx);
    await announcePatientFact(tx, patient, now);
    return {
      id: documentId,
      document,
      from,
      to: end,
      revision,
      ...(isNumbered && { recordedAt: now, recordedBy: by }),
    };
  });
}

interface DocumentRow<T> {
  readonly id: string;
  readonly document: T;
  readonly from_at: Date;
  readonly to_at: Date | null;
  readonly revision: number;
  readonly recorded_at: Date;
  readonly recorded_by: string | null;
}

/** All there ever were, in ascending `from`. */
export async function readDocuments<T>(
  db: Kysely<Database>,
  kind: DocumentKind,
  patientKey: number,
): Promise<DatedDocument<T>[]> {
  const { table, id, body, isNumbered } = TABLES[kind];
  const numbered = isNumbered ? sql`revision, recorded_by` : sql`0 as revision, null as recorded_by`;
  const { rows } = await sql<DocumentRow<T>>`
    select ${sql.ref(id)} as id, ${sql.ref(body)} as document, from_at, to_at, recorded_at, ${numbered} from ${sql.table(table)}
    where patient_key = ${patientKey} order by from_at, revision`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    document: row.document,
    from: row.from_at.getTime(),
    to: row.to_at?.getTime(),
    revision: row.revision,
    ...(isNumbered && { recordedAt: row.recorded_at.getTime(), recordedBy: row.recorded_by ?? undefined }),
  }));
}

/** The one that holds at an instant (epoch ms). */
export const holdingAt = <T>(documents: readonly DatedDocument<T>[], at: number): DatedDocument<T> | undefined =>
  documents.find(({ from, to }) => from <= at && (to === undefined || at < to));

/** 0 where there never was one. */
export const newestRevision = (documents: readonly DatedDocument<unknown>[]): number =>
  Math.max(0, ...documents.map(({ revision }) => revision));

const lasts = ({ from, to }: DatedDocument<unknown>): boolean => to === undefined || to > from;
