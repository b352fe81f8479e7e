// What InfluxDB, or a proxy before it, refuses, and what becomes of the readings then.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { ReadingsTooOld, type StoredReading } from '../../storage/ports/time-series.ts';
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
      const { series: own, settings } = await openForgetful();
      const deviceKey = newDevice();
      const recent = traceOf(deviceKey, others, Date.now() - 2 * DAY);
      const foreign = stored(cgm(deviceKey, Date.now() - 30 * DAY, 55.5));
      // In its shard somebody else keeps texts where our numbers go.
      const path = `/api/v2/write?org=${settings.org}&bucket=${settings.bucket}&precision=ms`;
      await scene.server.ask('POST', path, `cgm,device=stranger value="a text" ${foreign.reading.at}`);
      const asked = gate.passed.length;
      const failure = await failureOf(own.write(recent.toSpliced(place, 0, foreign), []));
      expect(failure).toBeInstanceOf(UnstorableReading);
      expect(String(failure)).toMatch(new RegExp(`device ${deviceKey} at ${foreign.reading.at}: .*422`));
      expect(String(failure)).not.toContain('55.5');
      expect(gate.passed.length - asked).toBeLessThan(25);
      await own.write(recent, []);
      expect(await own.read([span(deviceKey, 0, Date.now() + DAY)], ['cgm'])).toEqual(recent);
    },
  );
});

const KEPT_DAYS = 90;

/** On a bucket of its own that forgets. */
async function openForgetful() {
  const database = await scene.anotherDatabase();
  const settings = scene.server.another();
  const { orgs } = JSON.parse(await scene.server.ask('GET', `/api/v2/orgs?org=${settings.org}`));
  const keepFor = (days: number) => [{ type: 'expire', everySeconds: days * 86_400 }];
  const body = { orgID: orgs[0].id, name: settings.bucket, retentionRules: keepFor(KEPT_DAYS) };
  const { id } = JSON.parse(await scene.server.ask('POST', '/api/v2/buckets', body));
  const opened = scene.open({ database, settings: { ...settings, url: gate.url } });
  await opened.checkSettings();
  return {
    settings,
    series: opened,
    keepFor: (days: number) => scene.server.ask('PATCH', `/api/v2/buckets/${id}`, { retentionRules: keepFor(days) }),
  };
}

describe('readings older than the bucket keeps', () => {
  const writesSince = (asked: number) => gate.passed.slice(asked).filter(({ path }) => path === '/api/v2/write');
  const originsOf = (batch: readonly StoredReading[]) => batch.map(({ origin }) => origin);

  it('are told all at once, before anything of their batch is sent', async () => {
    const { series: own } = await openForgetful();
    const deviceKey = newDevice();
    const [old, recent] = [traceOf(deviceKey, 400, Date.now() - 200 * DAY), traceOf(deviceKey, 600, Date.now() - DAY)];
    const asked = gate.passed.length;
    const failure = await failureOf(own.write([...recent.slice(300), ...old, ...recent.slice(0, 300)], []));
    expect(failure).toBeInstanceOf(ReadingsTooOld);
    expect(failure).toMatchObject({ origins: originsOf(old) });
    expect(String(failure)).toContain(
      `90 days and can't keep 400 of 1000, first the cgm reading of device ${deviceKey} at`,
    );
    expect(writesSince(asked)).toEqual([]);
  });

  it('are told by what it keeps now, more than at the start or less, said as a warning', async () => {
    const { series: own, settings, keepFor } = await openForgetful();
    const deviceKey = newDevice();
    const old = traceOf(deviceKey, 300, Date.now() - 60 * DAY);
    const older = traceOf(deviceKey, 300, Date.now() - 200 * DAY);
    const recent = traceOf(deviceKey, 400, Date.now() - DAY);
    const everything = [...older, ...old, ...recent];
    await keepFor(30);
    expect(await failureOf(own.write(everything, []))).toMatchObject({ origins: originsOf([...older, ...old]) });
    await keepFor(365);
    await own.write(everything, []);
    expect(await own.read([span(deviceKey, 0, Date.now() + DAY)], ['cgm'])).toEqual(everything);
    const asked = gate.passed.length;
    await keepFor(100);
    expect(await failureOf(own.write(everything, []))).toMatchObject({ origins: originsOf(older) });
    expect(writesSince(asked).length).toBeLessThan(25);
    const again = gate.passed.length;
    expect(await failureOf(own.write(everything, []))).toMatchObject({ origins: originsOf(older) });
    expect(writesSince(again)).toEqual([]);
    const warned = scene.logged.filter(({ level, bucket }) => level === 'warn' && bucket === settings.bucket);
    expect(warned.map(({ days }) => days)).toEqual([KEPT_DAYS, 30, 365, 100]);
  });

  it('are corrected all the same, and nobody tries to bring them back into the bucket', async () => {
    const { series: own, keepFor } = await openForgetful();
    const deviceKey = newDevice();
    const old = traceOf(deviceKey, 3, Date.now() - 60 * DAY);
    await own.write(old, []);
    await keepFor(30);
    const corrected = { ...stored(cgm(deviceKey, old[1]!.reading.at, 60)), revision: 1 };
    await own.write([corrected], [replaced(old[1]!, 'corrected')]);
    const [asked, logged] = [gate.passed.length, scene.logged.length];
    const whole = [span(deviceKey, 0, Date.now() + DAY)];
    expect(await own.read(whole, ['cgm'])).toContainEqual(corrected);
    await own.find(old.map(({ reading }) => reading));
    await own.read(whole, ['cgm']);
    expect(writesSince(asked)).toEqual([]);
    expect(scene.logged.slice(logged)).toEqual([]);
  });
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
