// What ingest tells alerting, and how it takes back what was wrong: voids, reassignments, replays, silence, backlogs.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { replayRejection } from '../../storage/readings/replay-rejection.ts';
import { voidReading } from '../../storage/readings/void-reading.ts';
import { bindDevice, endBinding, listBindings } from '../../storage/registry/device-bindings.ts';
import { until } from '../system/until.ts';
import { createIngestScene, DAY_MS, HOUR_MS, type IngestScene, MINUTE_MS, openSceneStorage } from './ingest-scene.ts';

const WITHIN_MS = 15_000;
const USER = '018f0000-0000-7000-8000-000000000001';

let scene: IngestScene;
/** As the API's process has it. */
let api: { storage: Storage; close: () => Promise<void> };
beforeEach(async () => {
  scene = await createIngestScene();
  api = await openSceneStorage(scene.pool, scene.databaseUrl, []);
});
afterEach(async () => {
  await api.close();
  await scene.destroy();
});

const cgm = (at: number, value: number | string) => ({ kind: 'cgm', at, value, unit: 'mg/dL' });
const signalOf = async (patientKey: number, ruleId: string) =>
  (
    await scene.rows<{ verdict: string; severity: string | null; version: number; handed_over: number }>(
      'select verdict, severity, version, handed_over from signals where patient_key = $1 and rule_id = $2',
      [patientKey, ruleId],
    )
  )[0];
const episodesOf = (patientKey: number) =>
  scene.rows<{ rule_id: string; fate: string; severity: string; end_at: number | null }>(
    `select rule_id, fate, severity, end_at from episodes where patient_key = $1 and withdrawn_at is null and rule_id <> 'DATA-01'
     order by rule_id, start_at`,
    [patientKey],
  );
const verdictBecomes = (patientKey: number, ruleId: string, verdict: string) =>
  until(`${ruleId} is ${verdict}`, WITHIN_MS, async () => (await signalOf(patientKey, ruleId))?.verdict === verdict);
const summariesOf = (patientKey: number) =>
  scene.rows<{ day: string; count: number }>(
    `select day, coalesce((summary->'groups'->0->>'count')::int, 0) as count from day_summaries where patient_key = $1 order by day`,
    [patientKey],
  );

describe('two lows five minutes apart', () => {
  it('become a signal, an episode with its evidence and a nudge, and later readings end it', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const now = Date.now();
    await scene.start();
    await scene.publish({ device, payload: cgm(now - 25 * MINUTE_MS, 52) });
    await scene.publish({ device, payload: cgm(now - 20 * MINUTE_MS, 51) });
    await verdictBecomes(patientKey, 'CGM-01', 'firing');
    expect(await signalOf(patientKey, 'CGM-01')).toMatchObject({ severity: 'critical', version: 1 });
    const [episode] = await scene.rows<{ evidence: unknown[]; fate: string }>(
      "select evidence, fate from episodes where rule_id = 'CGM-01'",
    );
    expect(episode).toMatchObject({
      fate: 'live',
      evidence: [{ measuredAt: now - 25 * MINUTE_MS }, { measuredAt: now - 20 * MINUTE_MS }],
    });
    expect(scene.jobs).toMatchObject([{ queue: 'signals', data: { patientKey }, turn: 2 }]);
    await until(
      'it is noted as handed over',
      WITHIN_MS,
      async () => (await signalOf(patientKey, 'CGM-01'))?.handed_over === 1,
    );

    const recovered = [15, 10, 5, 0].map((ago) => cgm(now - ago * MINUTE_MS, 95));
    await scene.publish({ device, payload: recovered });
    await verdictBecomes(patientKey, 'CGM-01', 'clear');
  });

  it('that the person voids are taken back', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const now = Date.now();
    await scene.start();
    await scene.publish({ device, payload: [cgm(now - 10 * MINUTE_MS, 52), cgm(now - 5 * MINUTE_MS, 51)] });
    await verdictBecomes(patientKey, 'CGM-01', 'firing');
    const identity = { deviceId: device.deviceId, kind: 'cgm', at: now - 5 * MINUTE_MS } as const;
    const voided = await voidReading(api.storage, identity, USER, now);
    expect(voided).toEqual({ patientKey, voidedAt: now });
    await verdictBecomes(patientKey, 'CGM-01', 'clear');
    expect(await episodesOf(patientKey)).toEqual([]);
    expect((await summariesOf(patientKey)).map(({ count }) => count)).toEqual([1]);
    const [audit] = await scene.rows('select value, reason, replaced_by from reading_audit');
    expect(audit).toEqual({ value: 51, reason: 'voided', replaced_by: USER });

    // The device doesn't know, and sends it again.
    await scene.publish({ device, payload: cgm(now - 5 * MINUTE_MS, 51) });
    await scene.consumed();
    expect(await signalOf(patientKey, 'CGM-01')).toMatchObject({ verdict: 'clear' });
    expect(await voidReading(api.storage, identity, USER, now + 1)).toEqual({ patientKey, voidedAt: now });
    expect(await voidReading(api.storage, { ...identity, at: 1 }, USER, now)).toBeUndefined();
  });

  it('go with the device when it turns out that somebody else wore it', async () => {
    const [wrong, right] = [await scene.addPatient(), await scene.addPatient()];
    const device = await scene.addDevice('cgm', wrong);
    const now = Date.now();
    await scene.start();
    await scene.publish({ device, payload: [cgm(now - 10 * MINUTE_MS, 52), cgm(now - 5 * MINUTE_MS, 51)] });
    await verdictBecomes(wrong, 'CGM-01', 'firing');

    const { deviceKey, deviceId } = device;
    const ref = { deviceKey, deviceId, kind: 'cgm' } as const;
    const [binding] = await listBindings(api.storage.db, deviceKey);
    const changedAt = now - 15 * MINUTE_MS;
    await endBinding(api.storage, ref, binding!.bindingId, changedAt, now);
    await scene.rows("insert into users (user_id, username, password_hash) values ($1, 'lead', '-')", [USER]);
    const patient = { patientKey: right, patientId: USER, timeZone: 'Asia/Shanghai', teamId: USER };
    await bindDevice(api.storage, ref, { patient, fromAt: changedAt }, USER, now);
    await verdictBecomes(right, 'CGM-01', 'firing');
    await verdictBecomes(wrong, 'CGM-01', 'unknown');
    expect(await episodesOf(wrong)).toEqual([]);
    await scene.consumed();
    await scene.stop();
    expect((await summariesOf(wrong)).map(({ count }) => count)).toEqual(
      [0, 0].slice(0, (await summariesOf(wrong)).length),
    );
    expect((await summariesOf(right)).reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });
});

describe('late news', () => {
  it('of a backlog of two days makes retrospective episodes only', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const now = Date.now();
    await scene.start();
    // Two lows, both over long ago, in 48 hours that come at once, in messages of a hundred.
    const values = Array.from({ length: 577 }, (_, slot) => (slot % 200 === 50 || slot % 200 === 51 ? 50 : 110));
    const readings = values.map((value, slot) => cgm(now - 2 * DAY_MS + slot * 5 * MINUTE_MS, value));
    for (let at = 0; at < readings.length; at += 100)
      await scene.publish({ device, payload: readings.slice(at, at + 100) });
    await scene.consumed();
    const episodes = await episodesOf(patientKey);
    expect(episodes.filter(({ rule_id }) => rule_id === 'CGM-01')).toHaveLength(3);
    // What the device does, an old upload and a value that stands still, is going on.
    const ofGlucose = episodes.filter(({ rule_id }) => rule_id.startsWith('CGM'));
    expect(new Set(ofGlucose.map(({ fate }) => fate))).toEqual(new Set(['retrospective']));
    expect(await signalOf(patientKey, 'CGM-01')).toMatchObject({ verdict: 'clear' });
  });

  it('of a low that may still be going on is one same-day warning', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const now = Date.now();
    await scene.start();
    await scene.publish({ device, payload: [cgm(now - 2 * HOUR_MS, 50), cgm(now - 115 * MINUTE_MS, 50)] });
    await verdictBecomes(patientKey, 'CGM-01', 'firing');
    expect(await signalOf(patientKey, 'CGM-01')).toMatchObject({ severity: 'warning' });
    expect(await episodesOf(patientKey)).toMatchObject([{ rule_id: 'CGM-01', fate: 'late', end_at: null }]);
  });

  it('that only our own delay made late is live: it was received in time', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const at = Date.now() - 3 * HOUR_MS;
    // Ingest was away for three hours.
    await scene.publish({ device, payload: [cgm(at - 5 * MINUTE_MS, 50), cgm(at, 50)], receivedAt: at + 1_000 });
    await scene.start();
    await verdictBecomes(patientKey, 'CGM-01', 'firing');
    expect(await signalOf(patientKey, 'CGM-01')).toMatchObject({ severity: 'critical' });
    expect(await episodesOf(patientKey)).toMatchObject([{ rule_id: 'CGM-01', fate: 'live' }]);
  });
});

describe('a rejection', () => {
  it('that a person lets come again counts, with the limits of what is likely waived, and once', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('glucometer', patientKey);
    const now = Date.now();
    await scene.start();
    const payload = { sentAt: now, readings: [{ kind: 'smbg', at: now - MINUTE_MS, value: 620, unit: 'mg/dL' }] };
    await scene.publish({ device, payload: { ...payload, readings: [...payload.readings, { kind: 'smbg' }] } });
    await scene.consumed();
    const rejections = await scene.rows<{ rejection_id: string; code: string }>(
      'select rejection_id, code from rejections order by origin_index',
    );
    expect(rejections.map(({ code }) => code)).toEqual(['implausible_value', 'missing_field']);
    for (let times = 0; times < 2; times++) {
      expect(await replayRejection(api.storage, rejections[0]!.rejection_id, Date.now())).toBe('replayed');
      await scene.consumed();
    }
    expect(await scene.rows('select value from readings')).toEqual([{ value: 620 }]);
    await verdictBecomes(patientKey, 'SMBG-03', 'firing');
    expect(await replayRejection(api.storage, USER, Date.now())).toBe('not_found');
    const counts = await scene.rows(
      'select sum(received)::int received, sum(accepted)::int accepted, sum(duplicate)::int duplicate from record_counts',
    );
    expect(counts).toEqual([{ received: 4, accepted: 1, duplicate: 1 }]);
  });
});

describe('silence', () => {
  it('of a CGM is noticed after a restart that it outlasted', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const at = Date.now() - 29 * MINUTE_MS - 55_000;
    await scene.start();
    await scene.publish({ device, payload: cgm(at, 110), receivedAt: at });
    await scene.consumed();
    expect(await signalOf(patientKey, 'DATA-01')).toBeUndefined();
    await scene.stop();
    const [state] = await scene.rows('select next_deadline_at, state from patient_state');
    expect(state).toMatchObject({ next_deadline_at: at + 30 * MINUTE_MS, state: { last: { cgm: at } } });
    await scene.start();
    await verdictBecomes(patientKey, 'DATA-01', 'firing');
    await scene.publish({ device, payload: cgm(Date.now(), 110) });
    await verdictBecomes(patientKey, 'DATA-01', 'clear');
  });

  it('of a patient with a plan who never measured is noticed', async () => {
    const patientKey = await scene.addPatient({ plan: { cgmExpected: true } });
    await scene.start();
    await verdictBecomes(patientKey, 'DATA-01', 'firing');
  });

  it('of a patient whose plan is made while ingest runs is noticed', async () => {
    await scene.start();
    const patientKey = await scene.addPatient({ plan: { cgmExpected: true } });
    await verdictBecomes(patientKey, 'DATA-01', 'firing');
  });

  it('is not read into readings that wait in the journal', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('cgm', patientKey);
    const start = Date.now() - 3 * HOUR_MS;
    await scene.start();
    await scene.publish({ device, payload: cgm(start, 110), receivedAt: start });
    await scene.consumed();
    await scene.stop();
    await scene.rows("update patient_state set next_deadline_at = 0, state = jsonb_set(state, '{last}', $1)", [
      JSON.stringify({ cgm: start }),
    ]);
    await scene.rows('delete from signals');
    await scene.rows('delete from episodes');
    for (let minute = 5; minute <= 180; minute += 5) {
      const at = start + minute * MINUTE_MS;
      await scene.publish({ device, payload: cgm(at, 110), receivedAt: at });
    }
    await scene.start();
    await scene.consumed();
    await until('the deadline was met', WITHIN_MS, async () => {
      const [state] = await scene.rows<{ next_deadline_at: number }>('select next_deadline_at from patient_state');
      return state!.next_deadline_at > Date.now();
    });
    expect(await signalOf(patientKey, 'DATA-01')).toBeUndefined();
  });
});

describe('a blood pressure at the emergency line', () => {
  it('asks for a repeat on the device, and fires when none comes', async () => {
    const patientKey = await scene.addPatient();
    const device = await scene.addDevice('bp_monitor', patientKey);
    const at = Date.now() - 14 * MINUTE_MS - 57_000;
    await scene.start();
    await scene.publish({
      device,
      payload: { kind: 'bp', at, systolic: 186, diastolic: 95, unit: 'mmHg' },
      receivedAt: at + 1_000,
    });
    await verdictBecomes(patientKey, 'BP-01', 'pending');
    const [request] = await scene.rows('select device_key, request from device_requests');
    expect(request).toMatchObject({
      device_key: device.deviceKey,
      request: { kind: 'bp', measureAt: at + 5 * MINUTE_MS },
    });
    await verdictBecomes(patientKey, 'BP-01', 'firing');
    expect(await scene.rows('select 1 from device_requests')).toHaveLength(1);
  });
});

describe('a monitor that two people share', () => {
  it('gives each the readings of their own slot, and nobody those of none', async () => {
    const [anna, bruno] = [await scene.addPatient(), await scene.addPatient()];
    const device = await scene.addDevice('bp_monitor');
    await scene.bind(device, anna, new Date(0), 'A');
    await scene.bind(device, bruno, new Date(0), 'B');
    const now = Date.now();
    await scene.start();
    const bp = (ago: number, slot: string | undefined, systolic: number) => ({
      kind: 'bp',
      at: now - ago * MINUTE_MS,
      systolic,
      diastolic: 96,
      unit: 'mmHg',
      slot,
    });
    await scene.publish({ device, payload: [bp(3, 'A', 120), bp(2, 'B', 225), bp(1, undefined, 121)] });
    await verdictBecomes(bruno, 'BP-01', 'firing');
    expect(await signalOf(anna, 'BP-01')).toBeUndefined();
    expect(await scene.rows('select code from rejections')).toEqual([{ code: 'device_not_bound' }]);
    // Settled from the store: the patients' partitions may differ.
    await scene.publish({ device, payload: [bp(2, 'B', 225)] });
    await scene.consumed();
    expect(await scene.rows('select sum(duplicate)::int duplicates from record_counts')).toEqual([{ duplicates: 1 }]);
  });

  it('asks for another measurement where one is hard to believe', async () => {
    const device = await scene.addDevice('bp_monitor', await scene.addPatient());
    const at = Date.now();
    await scene.start();
    await scene.publish({ device, payload: { kind: 'bp', at, systolic: 100, diastolic: 95, unit: 'mmHg' } });
    await scene.consumed();
    expect(await scene.rows('select request from device_requests')).toMatchObject([
      { request: { kind: 'bp', measureAt: at + 5 * MINUTE_MS } },
    ]);
  });

  it('asks for a third reading where two of a session are 10 mmHg or more apart, a calm one before a high one too', async () => {
    const device = await scene.addDevice('bp_monitor', await scene.addPatient());
    const at = Date.now() - 2 * MINUTE_MS;
    const bp = (min: number, systolic: number) => ({
      kind: 'bp',
      at: at + min * MINUTE_MS,
      systolic,
      diastolic: 85,
      unit: 'mmHg',
    });
    await scene.start();
    await scene.publish({ device, payload: [bp(0, 135), bp(1, 190)] });
    await scene.consumed();
    expect(await scene.rows('select request from device_requests')).toMatchObject([
      { request: { kind: 'bp', measureAt: at + 2 * MINUTE_MS, expiresAt: at + 10 * MINUTE_MS } },
    ]);
  });
});
