// What changed of patients in the registry: their projections are dropped and their rules asked anew, at the beginning of a turn.
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import type { UnknownPatient } from '../../storage/readings/patient-states.ts';
import type { PatientProfiles } from '../../storage/registry/patient-profiles.ts';
import type { HeldPartitions } from '../held-partitions.ts';
import { PatientState } from './patient-state.ts';
import type { Projections } from './projections.ts';

export interface RegistryWatchDeps {
  readonly profiles: Pick<PatientProfiles, 'onInvalidated'>;
  readonly projections: Projections;
  readonly heldPartitions: Pick<HeldPartitions, 'isHeld'>;
  readonly partitions: number;
  /** Patients of whom nothing is known yet. Throws TemporaryFailure. */
  readonly readUnknown: () => Promise<readonly UnknownPatient[]>;
  readonly now: () => number;
}

export interface RegistryWatch {
  /** Begins to listen. Returns how to stop. */
  follow(): () => void;
  /** Takes up what has changed since the last call. What throws (TemporaryFailure) is taken up by the next one. */
  take(): Promise<void>;
}

/** In the past: due at once. */
const AT_ONCE = 0;
/**
 * Where nobody knows who has changed, everybody is asked, so many apart that whoever has a deadline of their own waits for nobody; so are
 * the patients of a team whose thresholds were set, but for the first.
 */
const APART_MS = 5;
const MOST_AT_ONCE = 200;

export function createRegistryWatch({
  profiles,
  projections,
  heldPartitions,
  partitions,
  readUnknown,
  now,
}: RegistryWatchDeps): RegistryWatch {
  const changed = new Set<number>();
  let allChanged = false;

  function takeOne(patientKey: number, dueAt: number): void {
    const partition = partitionOfPatient(patientKey, partitions);
    if (!heldPartitions.isHeld(partition)) return;
    projections.forget(patientKey);
    const state = projections.states.get(patientKey) ?? new PatientState(patientKey, partition);
    projections.states.set(patientKey, state);
    state.setDeadline(Math.min(state.nextDeadlineAt ?? dueAt, dueAt));
    state.askHistoryBy(dueAt);
  }

  async function takeAll(): Promise<void> {
    allChanged = false;
    try {
      for (const { patientKey } of await readUnknown())
        if (!projections.states.has(patientKey)) changed.add(patientKey);
    } catch (error) {
      allChanged = true;
      throw error;
    }
    for (const { patientKey } of projections.all()) changed.add(patientKey);
    let at = now();
    for (const state of projections.states.values()) {
      if (state.nextDeadlineAt === undefined || state.nextDeadlineAt > at) state.setDeadline(at);
      state.askHistoryBy(at);
      at += APART_MS;
    }
  }

  return {
    follow: () =>
      profiles.onInvalidated((patientKey) => {
        if (patientKey === undefined) allChanged = true;
        else changed.add(patientKey);
      }),
    async take() {
      if (allChanged) await takeAll();
      const at = now();
      let nth = 0;
      for (const patientKey of changed) {
        nth += 1;
        takeOne(patientKey, nth <= MOST_AT_ONCE ? AT_ONCE : at + nth * APART_MS);
      }
      changed.clear();
    },
  };
}
