// What changed of patients in the registry: their projections are dropped and their rules asked anew, at the beginning of a turn.
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import type { PatientProfiles } from '../../storage/registry/patient-profiles.ts';
import type { HeldPartitions } from '../held-partitions.ts';
import { PatientState } from './patient-state.ts';
import type { Projections } from './projections.ts';

export interface RegistryWatchDeps {
  readonly profiles: Pick<PatientProfiles, 'onInvalidated'>;
  readonly projections: Projections;
  readonly heldPartitions: Pick<HeldPartitions, 'isHeld'>;
  readonly partitions: number;
}

export interface RegistryWatch {
  /** Begins to listen. Returns how to stop. */
  follow(): () => void;
  /** Takes up what has changed since the last call. */
  take(): void;
}

/** In the past: due at once. */
const AT_ONCE = 0;

export function createRegistryWatch({
  profiles,
  projections,
  heldPartitions,
  partitions,
}: RegistryWatchDeps): RegistryWatch {
  const changed = new Set<number>();
  let allChanged = false;

  function takeOne(patientKey: number): void {
    const partition = partitionOfPatient(patientKey, partitions);
    if (!heldPartitions.isHeld(partition)) return;
    projections.forget(patientKey);
    const state = projections.states.get(patientKey) ?? new PatientState(patientKey, partition);
    projections.states.set(patientKey, state);
    state.setDeadline(AT_ONCE);
  }

  return {
    follow: () =>
      profiles.onInvalidated((patientKey) => {
        if (patientKey === undefined) allChanged = true;
        else changed.add(patientKey);
      }),
    take(): void {
      if (allChanged) for (const { patientKey } of projections.all()) changed.add(patientKey);
      allChanged = false;
      for (const patientKey of changed) takeOne(patientKey);
      changed.clear();
    },
  };
}
