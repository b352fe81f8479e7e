// A patient's own thresholds while they hold, and when they end by themselves.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../system/until.ts';
import { createIngestScene, HOUR_MS, type IngestScene, MINUTE_MS } from './ingest-scene.ts';

let scene: IngestScene;
beforeEach(async () => {
  scene = await createIngestScene();
});
afterEach(async () => {
  await scene.destroy();
});

it('a line of one’s own is judged by as long as it holds, and no longer, though nothing is said of its end', async () => {
  const patientKey = await scene.addPatient();
  const device = await scene.addDevice('cgm', patientKey);
  const now = Date.now();
  const endsAt = now + 8_000;
  const targets = {
    thresholds: { 'CGM-02': { below: { value: 100, unit: 'mg/dL' }, gone: { value: 1, unit: 'min' } } },
  };
  await scene.pool.query(
    'insert into targets (target_id, patient_key, targets, from_at, to_at, revision) values (gen_random_uuid(), $1, $2, $3, $4, 1)',
    [patientKey, JSON.stringify(targets), new Date(now - HOUR_MS), new Date(endsAt)],
  );
  await scene.start();
  for (const min of [15, 10, 5]) {
    const at = now - min * MINUTE_MS;
    await scene.publish({ device, payload: { kind: 'cgm', at, value: 90, unit: 'mg/dL' }, receivedAt: at });
  }
  const signal = async () =>
    (
      await scene.rows<{ verdict: string; origin: string }>(
        "select verdict, explanation->'thresholds'->'below'->>'origin' as origin from signals where patient_key = $1 and rule_id = 'CGM-02'",
        [patientKey],
      )
    )[0];
  await until('CGM-02 fires by the patient’s own line', 8_000, async () => (await signal())?.verdict === 'firing');
  expect(await signal()).toMatchObject({ origin: 'patient' });
  await until('it is clear again by the default', 20_000, async () => (await signal())?.verdict === 'clear');
  expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
});
