import { expect, test } from 'vitest';
import type { PersistedEpisode } from '../../domain/rules/merge-episode.ts';
import { NO_SIGNAL } from '../../domain/rules/reconcile-signals.ts';
import { createRuleSet } from '../../domain/rules/rule-set.ts';
import { PROFILE, START_AT } from '../../tests/readings/patient-windows.ts';
import { PatientProjection } from './patient-projection.ts';
import { PatientState } from './patient-state.ts';

const rules = createRuleSet({}, {});
const EPISODE: PersistedEpisode = {
  ...{ episodeId: 'e', startAt: START_AT, completedAt: START_AT, severity: 'warning', fate: 'live', evidence: [] },
  explanation: { reason: 'below_line_for_minutes', thresholds: {} },
};

function projectionWith(episodes: number): PatientProjection {
  const signal = { ...NO_SIGNAL, episodes: Array<PersistedEpisode>(episodes).fill(EPISODE) };
  const entry = { patientKey: 1, patientId: 'p', profile: PROFILE, rules, devices: [] };
  return new PatientProjection(
    entry,
    0,
    new PatientState(1, 0),
    rules.window.map((_, n) => (n ? NO_SIGNAL : signal)),
  );
}

test('what counts against the memory of all includes a sensor’s empty columns and every episode', () => {
  const alone = projectionWith(0);
  expect(alone.bytes).toBeGreaterThan(2_000);
  expect(projectionWith(3).bytes - alone.bytes).toBeGreaterThan(3_000);
  const { bytes } = alone;
  const series = alone.seriesOf('cgm', 1);
  expect(alone.bytes - bytes).toBe(series.bytes);
  expect(series.bytes - series.measuredAt.length * 18).toBeGreaterThan(500);
});
