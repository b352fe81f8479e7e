// Which partitions this worker consumes, from where on, and what it has to know before it does.
// Promise: what was remembered of a partition is gone before another epoch of it is consumed.
import type { Pool } from 'pg';
import { HISTORY_RULE_CATALOGUE } from '../domain/rules/history-rule-catalogue.ts';
import type { Log } from '../runtime/log.ts';
import { type HeldEpoch, PartitionLeaseLost, readOffsets } from '../storage/journal/committed-offsets.ts';
import type { PartitionLeases } from '../storage/journal/partition-leases.ts';
import { partitionOfPatient } from '../storage/journal/partition-of.ts';
import { releasePartitionMarks } from '../storage/readings/dirty-days.ts';
import { readPatientStates, readUnknownPatients } from '../storage/readings/patient-states.ts';
import { againstPostgres } from '../storage/readings/postgres-failure.ts';
import { readFiring } from '../storage/signals/read-signals.ts';
import type { DeviceStates } from './attribute/device-states.ts';
import { PatientState } from './project/patient-state.ts';
import type { Projections } from './project/projections.ts';

const ENDED_BY_ANY_READING = HISTORY_RULE_CATALOGUE.filter((rule) => rule.endsWithAnyReading).map(({ id }) => id);

export interface HeldPartitionsDeps {
  readonly pool: Pool;
  readonly leases: Pick<PartitionLeases, 'held'>;
  readonly projections: Projections;
  readonly deviceStates: DeviceStates;
  readonly partitions: number;
  readonly log: Log;
}

export interface HeldPartitions {
  /** By partition: the last record that is consumed. */
  readonly after: ReadonlyMap<number, number>;
  isHeld(partition: number): boolean;
  /**
   * The epochs under which they are read, each partition once: a lease that was lost and taken again meanwhile has another. Throws
   * PartitionLeaseLost where one is not held.
   */
  epochsOf(partitions: Iterable<number>): HeldEpoch[];
  /** The same for a transaction that begins: should this turn fail, nobody knows whether it was committed. */
  epochsToCommit(partitions: Iterable<number>): HeldEpoch[];
  /** Follows the leases; to be awaited at the beginning of each turn. */
  sync(): Promise<void>;
  /** Once it is committed. */
  advance(partition: number, seq: number): void;
  /**
   * After a turn that failed. Where nobody knows what it has committed everything is taken anew; where it has not begun to, as while an
   * engine is away, what is held stays: whoever reads states at each try adds to the trouble.
   */
  turnFailed(): void;
}

export function createHeldPartitions(deps: HeldPartitionsDeps): HeldPartitions {
  const { pool, leases, projections, deviceStates, log } = deps;
  const epochs = new Map<number, number>();
  const after = new Map<number, number>();
  /** As it was said last: taking anew what nobody else had in between is no news. */
  let told = new Map<number, number>();
  let beganToCommit = false;
  const isHeld = (partition: number) => after.has(partition);

  function epochsOf(partitions: Iterable<number>): HeldEpoch[] {
    const wanted = [...new Set(partitions)];
    const missing = wanted.filter((partition) => !epochs.has(partition));
    if (missing.length > 0) throw new PartitionLeaseLost(missing);
    return wanted.map((partition) => ({ partition, epoch: epochs.get(partition)! }));
  }

  function tellChanges(): void {
    const taken = differing(epochs, told);
    const lost = differing(told, epochs);
    told = new Map(epochs);
    if (taken.length > 0 || lost.length > 0) log.info({ taken, lost }, 'partitions changed hands');
  }

  async function take(taken: readonly number[]): Promise<void> {
    const [offsets, states, unknown, waiting] = await againstPostgres(() =>
      Promise.all([
        readOffsets(pool),
        readPatientStates(pool, taken),
        readUnknownPatients(pool),
        readFiring(pool, ENDED_BY_ANY_READING),
        releasePartitionMarks(pool, taken),
      ]),
    );
    for (const { patientKey, partition, last, nextDeadlineAt, historyDueAt } of states)
      projections.states.set(patientKey, new PatientState(patientKey, partition, last, nextDeadlineAt, historyDueAt));
    for (const { patientKey, isPlanned } of unknown) {
      const partition = partitionOfPatient(patientKey, deps.partitions);
      if (!taken.includes(partition) || projections.states.has(patientKey)) continue;
      projections.states.set(patientKey, new PatientState(patientKey, partition, {}, isPlanned ? 0 : undefined));
    }
    for (const patientKey of waiting) {
      const state = projections.states.get(patientKey);
      if (state !== undefined) state.waitsForReading = true;
    }
    for (const partition of taken) after.set(partition, offsets.get(partition) ?? 0);
  }

  return {
    after,
    isHeld,
    epochsOf,
    epochsToCommit(partitions) {
      beganToCommit = true;
      return epochsOf(partitions);
    },
    async sync() {
      beganToCommit = false;
      const held = leases.held();
      const lost = [...epochs].filter(([partition, epoch]) => held.get(partition)?.epoch !== epoch).map(([key]) => key);
      for (const partition of lost) {
        epochs.delete(partition);
        after.delete(partition);
      }
      const taken = [...held.keys()].filter((partition) => !epochs.has(partition));
      if (lost.length === 0 && taken.length === 0) return;
      projections.dropPartitions(isHeld);
      deviceStates.clear();
      if (taken.length > 0) await take(taken);
      for (const partition of taken) epochs.set(partition, held.get(partition)!.epoch);
      tellChanges();
    },
    advance(partition, seq) {
      after.set(partition, seq);
    },
    turnFailed() {
      if (!beganToCommit) return;
      epochs.clear();
      after.clear();
    },
  };
}

/** Partitions whose epoch in `those` is another or none. */
function differing(these: ReadonlyMap<number, number>, those: ReadonlyMap<number, number>): number[] {
  return [...these].filter(([partition, epoch]) => those.get(partition) !== epoch).map(([partition]) => partition);
}
