import { expect, test } from 'vitest';
import { NO_SIGNAL } from '../../domain/rules/reconcile-signals.ts';
import { createRuleSet } from '../../domain/rules/rule-set.ts';
import { PROFILE } from '../../tests/readings/patient-windows.ts';
import { PatientProjection } from './patient-projection.ts';
import { PatientState } from './patient-state.ts';

const rules = createRuleSet({}, {});

function projection(): PatientProjection {
  const entry = { patientKey: 1, patientId: 'p', profile: PROFILE, rules, devices: [] };
  const signals = rules.window.map(() => NO_SIGNAL);
  return new PatientProjection(entry, 0, new PatientState(1, 0), signals);
}

test('what counts against the memory of all includes what stands around the readings', () => {
  const alone = projection();
  const { bytes } = alone;
  expect(bytes).toBeGreaterThan(4_000);
  const series = alone.seriesOf('cgm', 1);
  expect(alone.bytes - bytes).toBe(series.bytes);
  expect(series.bytes - series.measuredAt.length * 18).toBeGreaterThan(500);
});
