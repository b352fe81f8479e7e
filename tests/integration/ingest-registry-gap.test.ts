// What a worker does when nobody can tell it what changed in the registry meanwhile: it asks the rules of everybody.

import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../system/until.ts';
import { createIngestScene, HOUR_MS, type IngestScene, MINUTE_MS } from './ingest-scene.ts';
import { openWorker, type WorkerUnderTest } from './ingest-worker-under-test.ts';

let scene: IngestScene;
let worker: WorkerUnderTest;
beforeEach(async () => {
  scene = await createIngestScene();
});
afterEach(async () => {
  await worker.close();
  await scene.destroy();
});

const now = Date.now();

it('a plan that was made in the gap is noticed, for who is not in memory and for who never measured', async () => {
  const measured = await scene.addPatient();
  const device = await scene.addDevice('glucometer', measured);
  const never = await scene.addPatient();
  const former = await openWorker(scene);
  const at = now - 5 * HOUR_MS;
  await scene.publish({ device, payload: { kind: 'smbg', at, value: 110, unit: 'mg/dL' }, receivedAt: at });
  await former.turn();
  await former.upkeep.finish(now);
  await former.close();

  // What was announced before is not announced again.
  await scene.rows('delete from registry_changes');
  worker = await openWorker(scene);
  await worker.turn();
  expect([...worker.projections.all()]).toEqual([]);
  // Of her nothing is known but that her weeks are to be looked at.
  expect([...worker.projections.states.keys()].toSorted()).toEqual([measured, never]);
  expect(worker.projections.states.get(never)?.nextDeadlineAt).toBeUndefined();
  // Nobody announces them.
  for (const patientKey of [measured, never])
    await scene.rows(
      `insert into plans (plan_id, patient_key, plan, from_at) values ($1, $2, '{"cgmExpected":true}', now() - interval '30 days')`,
      [uuidv7(), patientKey],
    );
  await scene.rows("insert into registry_changes (entity, key) values ('everything', '*')");
  await until('the silence of both is noticed', 15_000, async () => {
    await worker.turn();
    const rows = await scene.rows<{ patient_key: number }>(
      "select patient_key from signals where rule_id = 'DATA-01' and verdict = 'firing' order by patient_key",
    );
    return rows.length === 2;
  });
  expect(Date.now() - now).toBeLessThan(MINUTE_MS);
});
