// What InfluxDB, or a proxy before it, refuses, and what becomes of the readings then.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { StoredReading } from '../../storage/ports/time-series.ts';
import { UnstorableReading } from '../../storage/readings/influx-points.ts';
import type { InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux, missingInfluxd } from '../start-test-influxdb.ts';
import { type HttpGate, openHttpGate } from './http-gate.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, DAY, MINUTE, newDevice, replaced, START, span, stored } from './time-series-samples.ts';

requireEngine(missingInflux);

let scene: InfluxScene;
let gate: HttpGate;
let series: InfluxTimeSeries;
beforeAll(async () => {
  if (missingInflux) return;
  scene = await openInfluxScene();
  gate = await openHttpGate(scene.server.settings.url);
  series = scene.open({ settings: { url: gate.url } });
  await series.checkSettings();
});
afterAll(async () => {
  await scene?.close();
  await gate?.close();
});

const traceOf = (deviceKey: number, length: number, from = START): StoredReading[] =>
  Array.from({ length }, (_, index) => stored(cgm(deviceKey, from + index * MINUTE, 100 + index / 10)));
const readAll = (deviceKey: number) => series.read([span(deviceKey, 0, Number.MAX_SAFE_INTEGER)], ['cgm']);
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('patience', () => {
  it.each([429, 503])('asked for by %i is had, where there is time for it', async (status) => {
    const batch = traceOf(newDevice(), 10);
    gate.refuseNext(status, { 'retry-after': '1' });
    const startedAt = performance.now();
    await series.write(batch, []);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(await readAll(batch[0]!.reading.deviceKey)).toEqual(batch);
  });

  it('for longer than a write may take ends it at once, and nobody asks before that', async () => {
    const away = scene.open({ settings: { url: gate.url } });
    await away.checkSettings();
    const batch = traceOf(newDevice(), 10);
    gate.refuseNext(503, { 'retry-after': new Date(Date.now() + 20_000).toUTCString() });
    const startedAt = performance.now();
    expect(await failureOf(away.write(batch, []))).toBeInstanceOf(TemporaryFailure);
    const asked = gate.passed.length;
    expect(await failureOf(away.write(batch, []))).toBeInstanceOf(TemporaryFailure);
    expect(performance.now() - startedAt).toBeLessThan(away.writeTimeoutMs);
    expect(gate.passed).toHaveLength(asked);
  });

  it.each([500, 502, 503, 504, 429, 408])(
    'is had with %i that says nothing of time: a failure that passes',
    async (status) => {
      const batch = traceOf(newDevice(), 3);
      gate.refuseNext(status);
      expect(await failureOf(series.write(batch, []))).toMatchObject({
        name: 'TemporaryFailure',
        code: 'readings_unavailable',
      });
      await series.write(batch, []);
      expect(await readAll(batch[0]!.reading.deviceKey)).toEqual(batch);
    },
  );
});

describe('a reading that InfluxDB can not keep', () => {
  it.each([
    ['no number', { value: Number.NaN }],
    ['infinite', { value: Number.POSITIVE_INFINITY }],
    ['beyond its time', { at: 9_300_000_000_000 }],
    ['with a user of 5,000 characters', { slot: 'x'.repeat(5_000) }],
  ])('because it is %s is told by its identity, before anything of the batch is written', async (_, wrong) => {
    const deviceKey = newDevice();
    const batch = [...traceOf(deviceKey, 3), stored({ ...cgm(deviceKey, START + DAY, 100), ...wrong })];
    const asked = gate.passed.length;
    const failure = await failureOf(series.write(batch, []));
    expect(failure).toBeInstanceOf(UnstorableReading);
    expect(String(failure)).toContain(`device ${deviceKey} at`);
    expect(gate.passed).toHaveLength(asked);
  });

  it.each([
    ['', 999, 700],
    ['the second of two requests in ', 2_499, 1_900],
  ])(
    'is found by halving where only InfluxDB knows, in %sa batch that has %i others, which can be written',
    async (_, others, place) => {
      const database = await scene.anotherDatabase();
      const settings = scene.server.another();
      const orgs = JSON.parse(await scene.server.ask('GET', `/api/v2/orgs?org=${settings.org}`)).orgs;
      await scene.server.ask('POST', '/api/v2/buckets', {
        orgID: orgs[0].id,
        name: settings.bucket,
        retentionRules: [{ type: 'expire', everySeconds: 90 * 86_400 }],
      });
      const forgetful = scene.open({ database, settings: { ...settings, url: gate.url } });
      await forgetful.checkSettings();
      const deviceKey = newDevice();
      const recent = traceOf(deviceKey, others, Date.now() - 2 * DAY);
      const tooOld = stored(cgm(deviceKey, Date.now() - 365 * DAY, 55.5));
      const asked = gate.passed.length;
      const failure = await failureOf(forgetful.write(recent.toSpliced(place, 0, tooOld), []));
      expect(failure).toBeInstanceOf(UnstorableReading);
      expect(String(failure)).toMatch(new RegExp(`device ${deviceKey} at ${tooOld.reading.at}: .*422`));
      expect(String(failure)).not.toContain('55.5');
      expect(gate.passed.length - asked).toBeLessThan(25);
      await forgetful.write(recent, []);
      expect(await forgetful.read([span(deviceKey, 0, Date.now() + DAY)], ['cgm'])).toEqual(recent);
    },
  );
});

describe('what is sent', () => {
  it.each([
    [1_999, 1],
    [2_001, 2],
  ])(
    'is not pressed together for an InfluxDB on the same machine, and a batch of %i goes in %i',
    async (size, requests) => {
      const batch = traceOf(newDevice(), size);
      const asked = gate.passed.length;
      await series.write(batch, []);
      const sent = gate.passed.slice(asked);
      expect(sent).toHaveLength(requests);
      for (const each of sent) expect(each).toMatchObject({ path: '/api/v2/write', encoding: undefined });
      expect(await readAll(batch[0]!.reading.deviceKey)).toEqual(batch);
    },
  );

  it('in two requests has the end of both before the write fails: none is overtaken by a correction', async () => {
    const batch = traceOf(newDevice(), 2_000);
    gate.refuseNext(500);
    expect(await failureOf(series.write(batch, []))).toBeInstanceOf(TemporaryFailure);
    expect(await readAll(batch[0]!.reading.deviceKey)).toHaveLength(1_000);
  });

  it('is pressed together on its way to another machine', async () => {
    const url = new URL(gate.url);
    // Leads here as well, without being known for it.
    const far = scene.open({ settings: { url: `http://0.0.0.0:${url.port}` } });
    const batch = traceOf(newDevice(), 1_000);
    const asked = gate.passed.length;
    await far.write(batch, []);
    const sent = gate.passed.slice(asked).filter(({ path }) => path === '/api/v2/write');
    expect(sent).toMatchObject([{ encoding: 'gzip' }]);
    expect(sent[0]!.bytes).toBeLessThan(20_000);
    expect(await readAll(batch[0]!.reading.deviceKey)).toEqual(batch);
  });
});

describe('an InfluxDB that is away', () => {
  requireEngine(missingInfluxd);

  it('killed after it has acknowledged has everything when it is back; meanwhile everything fails for a while', async () => {
    const own = await openInfluxScene();
    try {
      const ours = own.open();
      const deviceKey = newDevice();
      const batch = traceOf(deviceKey, 500);
      await ours.write(batch, []);
      const corrected = stored(cgm(deviceKey, START, 60), undefined, 1);
      await ours.write([corrected], [replaced(batch[0]!, 'corrected')]);
      await own.server.kill();
      const late = [stored(cgm(deviceKey, START + DAY, 99))];
      expect(await failureOf(ours.write(late, []))).toBeInstanceOf(TemporaryFailure);
      const again = stored(cgm(deviceKey, START + MINUTE, 61), undefined, 1);
      expect(await failureOf(ours.write([again], [replaced(batch[1]!, 'corrected')]))).toBeInstanceOf(TemporaryFailure);
      expect(await failureOf(ours.ping())).toBeInstanceOf(TemporaryFailure);
      expect(await failureOf(own.open().checkSettings())).toBeInstanceOf(TemporaryFailure);
      await own.server.start();
      await ours.ping();
      await ours.write(late, []);
      expect(await ours.read([span(deviceKey, START, START + 2 * DAY)], ['cgm'])).toEqual([
        corrected,
        ...batch.slice(1),
        ...late,
      ]);
    } finally {
      await own.close();
    }
  });
});
