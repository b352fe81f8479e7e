// A patient's row of patient_state from what is held in memory.
import { isOpenAlarm } from '../../domain/rules/merge-episode.ts';
import type { OpenEpisode, PatientStateRow } from '../../storage/readings/patient-states.ts';
import type { PatientProjection } from '../project/patient-projection.ts';

export function toStateRow({ state, signals, entry }: PatientProjection): PatientStateRow {
  const { patientKey, partition, last, nextDeadlineAt, historyDueAt } = state;
  const { window } = entry.rules;
  const open: OpenEpisode[] = signals.flatMap(({ episodes }, index) =>
    episodes
      .filter(isOpenAlarm)
      .map(({ episodeId, severity, startAt }) => ({ episodeId, ruleId: window[index]!.id, severity, startAt })),
  );
  return { patientKey, partition, last, open, nextDeadlineAt, historyDueAt };
}
