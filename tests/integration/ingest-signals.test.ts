// What is persisted of a signal is written only upon the version it was derived from.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { windowRuleById } from '../../domain/rules/rule-catalogue.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import { type SignalChange, writeSignals } from '../../storage/signals/write-signals.ts';
import { until } from '../system/until.ts';
import { createIngestScene, type IngestScene, MINUTE_MS } from './ingest-scene.ts';

const WITHIN_MS = 15_000;

let scene: IngestScene;
beforeEach(async () => {
  scene = await createIngestScene();
});
afterEach(() => scene.destroy());

const cgm = (at: number, value: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const signal = async () =>
  (
    await scene.rows<{ verdict: string; version: number }>(
      "select verdict, version from signals where rule_id = 'CGM-01'",
    )
  )[0];

it('a worker whose memory of a signal is no longer what is persisted reads it anew and goes on from there', async () => {
  const device = await scene.addDevice('cgm', await scene.addPatient());
  const now = Date.now();
  await scene.start();
  await scene.publish({ device, payload: [cgm(now - 25 * MINUTE_MS, 52), cgm(now - 20 * MINUTE_MS, 51)] });
  await until('it fires', WITHIN_MS, async () => (await signal())?.verdict === 'firing');
  await scene.rows("update signals set version = 40 where rule_id = 'CGM-01'");
  await scene.publish({ device, payload: [15, 10, 5, 0].map((ago) => cgm(now - ago * MINUTE_MS, 95)) });
  await until('it is clear', WITHIN_MS, async () => (await signal())?.verdict === 'clear');
  expect(await signal()).toEqual({ verdict: 'clear', version: 41 });
  const [counted] = await scene.rows('select sum(received)::int as received from record_counts');
  expect(counted).toEqual({ received: 6 });
});

it('changes derived from another version than the one in the table are refused, all of them', async () => {
  const rule = windowRuleById('CGM-01')!;
  const change = (patientKey: number, version: number, isNews = true): SignalChange => ({
    patientKey,
    rule,
    isNews,
    difference: {
      verdict: 'clear',
      explanation: { reason: 'in_range', thresholds: {} },
      version,
      isChanged: true,
      insert: [],
      update: [],
      withdraw: [],
    },
  });
  const write = (...changes: SignalChange[]) =>
    inTransaction(scene.pool, (tx) => writeSignals(tx, changes, Date.now()));
  const versions = async () =>
    (await scene.rows<{ version: number }>('select version from signals order by patient_key')).map(
      ({ version }) => version,
    );

  await write(change(1, 1), change(2, 1));
  await write(change(1, 2), change(2, 1, false));
  expect(await versions()).toEqual([2, 1]);
  // Patient 1 was written twice, patient 3 never: each is refused, and what stands beside it with it.
  for (const wrong of [change(1, 1), change(1, 2), change(1, 4), change(3, 2), change(1, 1, false)]) {
    await expect(write(change(2, 2), wrong)).rejects.toThrow(TemporaryFailure);
    expect(await versions()).toEqual([2, 1]);
  }
  await write(change(2, 2), change(1, 3));
  expect(await versions()).toEqual([3, 2]);
});
