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
}

interface Row {
  readonly patient_key: number;
  readonly partition: number;
  readonly state: { readonly last: LastAt; readonly open: readonly OpenEpisode[] };
  readonly next_deadline_at: number | null;
}

export async function readPatientStates(
  pool: Pick<Pool, 'query'>,
  partitions: readonly number[],
): Promise<PatientStateRow[]> {
  const { rows } = await pool.query<Row>(
    'select patient_key, partition, state, next_deadline_at from patient_state where partition = any($1::int2[])',
    [numberArray(partitions, (partition) => partition)],
  );
  return rows.map(({ patient_key, partition, state, next_deadline_at }) => ({
    patientKey: patient_key,
    partition,
    ...state,
    nextDeadlineAt: next_deadline_at ?? undefined,
  }));
}

/** Patients who have a plan and no state: somebody may be expected to measure who never did. */
export async function readPlannedPatients(pool: Pick<Pool, 'query'>): Promise<number[]> {
  const { rows } = await pool.query<{ patient_key: number }>(
    `select distinct patient_key from plans join patients p using (patient_key)
     where p.erased_at is null and not exists (select from patient_state s where s.patient_key = plans.patient_key)`,
  );
  return rows.map(({ patient_key }) => patient_key);
}

export async function writePatientStates(
  tx: PoolClient,
  states: readonly PatientStateRow[],
  now: number,
): Promise<void> {
  await tx.query({
    name: 'patient-states-write',
    text: `insert into patient_state (patient_key, partition, state, next_deadline_at, updated_at)
      select patient_key, partition, state, next_deadline_at, $5
      from unnest($1::int4[], $2::int2[], $3::jsonb[], $4::int8[]) as s (patient_key, partition, state, next_deadline_at)
      on conflict (patient_key) do update set partition = excluded.partition, state = excluded.state,
        next_deadline_at = excluded.next_deadline_at, updated_at = excluded.updated_at`,
    values: [
      numberArray(states, ({ patientKey }) => patientKey),
      numberArray(states, ({ partition }) => partition),
      textArray(states, ({ last, open }) => JSON.stringify({ last, open })),
      numberArray(states, ({ nextDeadlineAt }) => nextDeadlineAt),
      now,
    ],
  });
}
