// The patient_state table: of every patient when something was last measured, which alarms are open, and when a rule wants to be asked.
// Written behind: what is here may be up to a flush old, never ahead of the store.
import type { Pool, PoolClient } from 'pg';
import type { ReadingKind } from '../../domain/reading.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { numberArray, textArray } from './array-literal.ts';

/** Newest `measuredAt` by kind, epoch ms. */
export type LastAt = Readonly<Partial<Record<ReadingKind, number>>>;

export interface OpenEpisode {
  readonly episodeId: string;
  readonly ruleId: string;
  readonly severity: Severity;
  /** Epoch ms. */
  readonly startAt: number;
}

export interface PatientStateRow {
  readonly patientKey: number;
  readonly partition: number;
  readonly last: LastAt;
  readonly open: readonly OpenEpisode[];
  /** Epoch ms; may lie in the past. */
  readonly nextDeadlineAt?: number | undefined;
  /** When rules of weeks are asked next, epoch ms; may lie in the past. */
  readonly historyDueAt?: number | undefined;
}

interface Row {
  readonly patient_key: number;
  readonly partition: number;
  readonly state: { readonly last: LastAt; readonly open: readonly OpenEpisode[] };
  readonly next_deadline_at: number | null;
  readonly history_due_at: number | null;
}

export async function readPatientStates(
  pool: Pick<Pool, 'query'>,
  partitions: readonly number[],
): Promise<PatientStateRow[]> {
  const { rows } = await pool.query<Row>(
    'select patient_key, partition, state, next_deadline_at, history_due_at from patient_state where partition = any($1::int2[])',
    [numberArray(partitions, (partition) => partition)],
  );
  return rows.map(({ patient_key, partition, state, next_deadline_at, history_due_at }) => ({
    patientKey: patient_key,
    partition,
    ...state,
    nextDeadlineAt: next_deadline_at ?? undefined,
    historyDueAt: history_due_at ?? undefined,
  }));
}

export interface UnknownPatient {
  readonly patientKey: number;
  /** Somebody may be expected to measure who never did. */
  readonly isPlanned: boolean;
}

/** Patients without a state: nothing was ever measured of them, and no rule has been asked. */
export async function readUnknownPatients(pool: Pick<Pool, 'query'>): Promise<UnknownPatient[]> {
  const { rows } = await pool.query<{ patient_key: number; is_planned: boolean }>(
    `select p.patient_key, exists (select from plans l where l.patient_key = p.patient_key) as is_planned from patients p
     where p.erased_at is null and not exists (select from patient_state s where s.patient_key = p.patient_key)`,
  );
  return rows.map(({ patient_key, is_planned }) => ({ patientKey: patient_key, isPlanned: is_planned }));
}

export async function writePatientStates(
  tx: PoolClient,
  states: readonly PatientStateRow[],
  now: number,
): Promise<void> {
  await tx.query({
    name: 'patient-states-write',
    text: `insert into patient_state (patient_key, partition, state, next_deadline_at, history_due_at, updated_at)
      select patient_key, partition, state, next_deadline_at, history_due_at, $6
      from unnest($1::int4[], $2::int2[], $3::jsonb[], $4::int8[], $5::int8[])
        as s (patient_key, partition, state, next_deadline_at, history_due_at)
      on conflict (patient_key) do update set partition = excluded.partition, state = excluded.state,
        next_deadline_at = excluded.next_deadline_at, history_due_at = excluded.history_due_at, updated_at = excluded.updated_at`,
    values: [
      numberArray(states, ({ patientKey }) => patientKey),
      numberArray(states, ({ partition }) => partition),
      textArray(states, ({ last, open }) => JSON.stringify({ last, open })),
      numberArray(states, ({ nextDeadlineAt }) => nextDeadlineAt),
      numberArray(states, ({ historyDueAt }) => historyDueAt),
      now,
    ],
  });
}

export type HistoryDue = Pick<PatientStateRow, 'patientKey' | 'partition' | 'nextDeadlineAt' | 'historyDueAt'>;

/** When rules of weeks are asked next; all else of a patient's state stays as it is. */
export async function writeHistoryDue(
  tx: Pick<PoolClient, 'query'>,
  due: readonly HistoryDue[],
  now: number,
): Promise<void> {
  await tx.query({
    name: 'patient-states-history-due',
    text: `insert into patient_state (patient_key, partition, state, next_deadline_at, history_due_at, updated_at)
      select patient_key, partition, '{"last": {}, "open": []}', next_deadline_at, history_due_at, $5
      from unnest($1::int4[], $2::int2[], $3::int8[], $4::int8[]) as s (patient_key, partition, next_deadline_at, history_due_at)
      on conflict (patient_key) do update set history_due_at = excluded.history_due_at`,
    values: [
      numberArray(due, ({ patientKey }) => patientKey),
      numberArray(due, ({ partition }) => partition),
      numberArray(due, ({ nextDeadlineAt }) => nextDeadlineAt),
      numberArray(due, ({ historyDueAt }) => historyDueAt),
      now,
    ],
  });
}
