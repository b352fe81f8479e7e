// What devices do beside their readings: error codes, clocks ahead, old uploads; how rules hear of it, and what is kept of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE_EVENTS_KEPT_MS } from '../../domain/device-event.ts';
import { DEFAULT_DEVICE_MODELS } from '../../domain/device-model.ts';
import { pruneDeviceEvents } from '../../storage/readings/device-events.ts';
import { until } from '../system/until.ts';
import { createIngestScene, DAY_MS, HOUR_MS, type IngestScene, MINUTE_MS } from './ingest-scene.ts';

const WITHIN_MS = 20_000;

let scene: IngestScene;
beforeEach(async () => {
  scene = await createIngestScene();
  for (const model of DEFAULT_DEVICE_MODELS)
    await scene.pool.query('insert into device_models (model_id, kind, name, model) values ($1, $2, $3, $4)', [
      model.modelId,
      model.kind,
      model.name,
      JSON.stringify(model),
    ]);
});
afterEach(async () => {
  await scene.destroy();
});

const cgm = (at: number, value: number) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const eventsOf = () =>
  scene.rows<{ what: string; at: number; minute: number }>('select what, at, minute from device_events order by at');
const verdictOf = async (patientKey: number, ruleId: string) =>
  (
    await scene.rows<{ verdict: string; reason: string }>(
      "select verdict, explanation->>'reason' as reason from signals where patient_key = $1 and rule_id = $2",
      [patientKey, ruleId],
    )
  )[0];
const verdictBecomes = (patientKey: number, ruleId: string, verdict: string) =>
  until(`${ruleId} is ${verdict}`, WITHIN_MS, async () => (await verdictOf(patientKey, ruleId))?.verdict === verdict);

describe('three error codes of a sensor within an hour', () => {
  it('are a sensor fault, though no reading is stored; codes of one minute count once', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey, 'dexcom');
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    await scene.start();
    const code = (at: number) => ({ device, payload: cgm(at, 5), receivedAt: at });
    await scene.publish(code(now - 20 * MINUTE_MS), code(now - 20 * MINUTE_MS + 1_000), code(now - 15 * MINUTE_MS));
    await scene.consumed();
    expect((await eventsOf()).map(({ what }) => what)).toEqual(['error_code', 'error_code']);
    expect(await verdictOf(patientKey, 'DATA-02')).toBeUndefined();

    await scene.publish(code(now - 10 * MINUTE_MS));
    await verdictBecomes(patientKey, 'DATA-02', 'firing');
    expect(await verdictOf(patientKey, 'DATA-02')).toMatchObject({ reason: 'error_codes' });
    expect(await scene.rows('select 1 from readings')).toHaveLength(0);
  });

  it('are still known after a restart', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey, 'dexcom');
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const code = (at: number) => ({ device, payload: cgm(at, 5), receivedAt: at });
    await scene.start();
    await scene.publish(code(now - 20 * MINUTE_MS), code(now - 15 * MINUTE_MS));
    await scene.consumed();
    await scene.stop();
    await scene.start();
    await scene.publish(code(now - 10 * MINUTE_MS));
    await verdictBecomes(patientKey, 'DATA-02', 'firing');
  });
});

describe('a clock that is ahead', () => {
  it('is told beyond 5 min, and is over with a reading that is on time', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const receivedAt = Date.now() - 20 * MINUTE_MS;
    await scene.start();
    await scene.publish({ device, payload: cgm(receivedAt + 5 * MINUTE_MS, 110), receivedAt });
    await scene.consumed();
    expect(await eventsOf()).toEqual([]);
    await scene.publish({ device, payload: cgm(receivedAt + 5 * MINUTE_MS + 1, 110), receivedAt });
    await verdictBecomes(patientKey, 'DATA-04', 'firing');
    expect(await verdictOf(patientKey, 'DATA-04')).toMatchObject({ reason: 'clock_ahead' });
    await scene.publish({
      device,
      payload: cgm(receivedAt + 10 * MINUTE_MS, 112),
      receivedAt: receivedAt + 10 * MINUTE_MS,
    });
    await verdictBecomes(patientKey, 'DATA-04', 'clear');
  });
});

describe('an upload of old readings', () => {
  it('is told beyond 24 h, once a minute, not for a repetition', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('glucometer', patientKey);
    const receivedAt = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const stick = (at: number, later = 0) => ({
      device,
      payload: { kind: 'smbg', at, value: 110, unit: 'mg/dL' },
      receivedAt: receivedAt + later,
    });
    await scene.start();
    await scene.publish(stick(receivedAt - DAY_MS));
    await scene.consumed();
    expect(await eventsOf()).toEqual([]);
    await scene.publish(stick(receivedAt - DAY_MS - 1), stick(receivedAt - DAY_MS - HOUR_MS));
    await verdictBecomes(patientKey, 'DATA-04', 'firing');
    await scene.publish(stick(receivedAt - DAY_MS - 1, 5 * MINUTE_MS));
    await scene.consumed();
    expect((await eventsOf()).map(({ what }) => what)).toEqual(['stale_upload']);
  });
});

it('what no window reaches back to is forgotten', async () => {
  const now = Date.now();
  await scene.pool.query(
    "insert into device_events (device_key, slot, what, minute, at) values (1, '', 'error_code', 1, $1), (1, '', 'error_code', 2, $2)",
    [now - DEVICE_EVENTS_KEPT_MS - 1, now - DEVICE_EVENTS_KEPT_MS],
  );
  await pruneDeviceEvents(scene.pool, now);
  expect(await eventsOf()).toMatchObject([{ at: now - DEVICE_EVENTS_KEPT_MS }]);
});
