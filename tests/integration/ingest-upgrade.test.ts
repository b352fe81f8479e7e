// After an upgrade: what an earlier version has summed up is summed up again without anybody asking for it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY_SUMMARY_VERSION } from '../../domain/metrics/day-summary.ts';
import { until } from '../system/until.ts';
import { createIngestScene, DAY_MS, type IngestScene, MINUTE_MS } from './ingest-scene.ts';

const WITHIN_MS = 20_000;

let scene: IngestScene;
beforeEach(async () => {
  scene = await createIngestScene();
});
afterEach(() => scene.destroy());

const summaries = () =>
  scene.rows<{ version: string; count: number }>(
    "select summary->>'version' as version, (summary->'groups'->0->>'count')::int as count from day_summaries order by patient_key, day",
  );

it('days that an earlier version has summed up are summed up anew, and nothing is left to be read', async () => {
  // In the morning of a patient's day: the three lie on one.
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  for (const days of [9, 5]) {
    const device = await scene.addDevice('cgm', await scene.addPatient());
    const at = today - days * DAY_MS;
    const payload = [0, 5, 10].map((min) => ({
      kind: 'cgm',
      at: at + min * MINUTE_MS,
      value: 120 + min,
      unit: 'mg/dL',
    }));
    await scene.publish({ device, payload });
  }
  await scene.start();
  const expected = [3, 3].map((count) => ({ version: String(DAY_SUMMARY_VERSION), count }));
  const areWhole = async () => (await summaries()).every(({ count }) => count === 3);
  await until('two days are summed up', WITHIN_MS, async () => (await summaries()).length === 2 && areWhole());
  await scene.stop();
  await scene.pool.query(
    `update day_summaries set summary = jsonb_set(jsonb_set(summary, '{version}', '1'), '{groups}', '[]')`,
  );

  await scene.start();
  await until('both are of this version again', WITHIN_MS, async () =>
    (await summaries()).every(({ version }) => version === String(DAY_SUMMARY_VERSION)),
  );
  expect(await summaries()).toEqual(expected);
  await until('nothing is marked', WITHIN_MS, async () => (await scene.rows('select 1 from dirty_days')).length === 0);
});
