// What a turn that fails leaves behind for the one that tries again.
import { expect, test } from 'vitest';
import { createRuleSet } from '../domain/rules/rule-set.ts';
import { createCounters } from '../runtime/counters.ts';
import { createLog } from '../runtime/log.ts';
import { PROFILE, START_AT } from '../tests/readings/patient-windows.ts';
import { createBatch, Item } from './batch.ts';
import { evaluate } from './evaluate/evaluate.ts';
import { createIngestCounters } from './ingest-counters.ts';
import { forgetBatch } from './ingest-pipeline.ts';
import { PatientProjection } from './project/patient-projection.ts';
import { PatientState } from './project/patient-state.ts';
import { Projections } from './project/projections.ts';

const AN_HOUR_LATE = {
  receivedAt: START_AT - 3_600_000,
  deviceKey: 1,
  flags: 0,
  topic: '',
  payload: Buffer.of(),
  payloadBytes: 0,
  payloadSha256: undefined,
};

/** Of a worker that is behind the head. */
function batchAt(now: number) {
  const batch = createBatch({ records: [], now });
  batch.items.push(new Item({ partition: 0, seq: 1, index: 0 }, AN_HOUR_LATE, 0, undefined, undefined));
  return batch;
}

function patientWho(patientKey: number, projections: Projections): PatientProjection {
  const entry = { patientKey, patientId: 'p', profile: PROFILE, rules: createRuleSet(), devices: [] };
  const projection = new PatientProjection(entry, 0, new PatientState(patientKey, 0), []);
  projections.hold(projection);
  return projection;
}

test('whoever waits until a worker has caught up is judged with the next turn, where the one that had come to it failed', async () => {
  const projections = new Projections();
  const counters = createIngestCounters(createCounters({ part: 'ingest' }));
  const deps = { projections, counters, log: createLog({ part: 'ingest', level: 'silent' }) };
  const forget = () => forgetBatch(failing, { projections, deviceStates: { drop: () => undefined } });
  const patient = patientWho(1, projections);
  patient.pendingReadings = 3;
  projections.waiting.patients.add(patient);

  const failing = batchAt(START_AT);
  failing.stored = Promise.reject(new Error('the store is away'));
  await expect(evaluate(failing, deps)).rejects.toThrow('the store is away');
  forget();
  expect(projections.waiting.patients).toContain(patient);

  const next = batchAt(START_AT + 2_000);
  await evaluate(next, deps);
  expect(next.evaluated.readings).toBe(3);
  expect(projections.waiting.patients.size).toBe(0);

  projections.waiting.patients.add(patient);
  const soonAfter = batchAt(START_AT + 4_000);
  await evaluate(soonAfter, deps);
  expect(projections.waiting.patients.size).toBe(1);
});
