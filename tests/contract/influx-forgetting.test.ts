// A bucket that forgets also forgets whose it is, and how far it had come.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ConfigurationError } from '../../runtime/errors.ts';
import type { InfluxSettings } from '../../storage/readings/influx-connection.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux } from '../start-test-influxdb.ts';
import { until } from '../system/until.ts';
import type { TestDatabase } from '../test-database.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, MINUTE, newDevice, stored } from './time-series-samples.ts';

requireEngine(missingInflux);

/** InfluxDB knows no shorter time. */
const KEPT_MINUTES = 60;

let scene: InfluxScene;
beforeAll(async () => {
  if (!missingInflux) scene = await openInfluxScene();
});
afterAll(() => scene?.close());

let settings: InfluxSettings;
let database: TestDatabase;
const deviceKey = newDevice();
const reading = () => stored(cgm(deviceKey, Date.now(), 100));
const unsafe = { name: 'TemporaryFailure', code: 'readings_unsafe' };
const openIt = () => scene.open({ database, settings });
const errors = (since: number) => scene.logged.slice(since).filter(({ level }) => level === 'error');

/** An installation of its own on a bucket that keeps an hour, written to once. */
beforeEach(async () => {
  if (missingInflux) return;
  settings = scene.server.another();
  database = await scene.anotherDatabase();
  const { orgs } = JSON.parse(await scene.server.ask('GET', `/api/v2/orgs?org=${settings.org}`));
  const retentionRules = [{ type: 'expire', everySeconds: KEPT_MINUTES * 60 }];
  await scene.server.ask('POST', '/api/v2/buckets', { orgID: orgs[0].id, name: settings.bucket, retentionRules });
  await openAndWrite();
});

async function openAndWrite() {
  const before = await notedAt();
  const series = openIt();
  await series.checkSettings();
  await series.write([reading()], []);
  await until('it is noted', 5_000, async () => (await notedAt()) > before);
  return series;
}
async function notedAt(): Promise<number> {
  const { rows } = await database.pool.query(
    `select (value ->> 'at')::int8 as at from installation_settings where name = 'influx_progress'`,
  );
  return rows[0]?.at ?? 0;
}
async function marksOf(field: string): Promise<unknown[]> {
  const rows = await scene.flux(
    `from(bucket: "${settings.bucket}") |> range(start: 0, stop: 1d)
      |> filter(fn: (r) => r._measurement == "pulseward" and r._field == "${field}") |> last()`,
  );
  return rows.map(({ _value }) => _value);
}
/** What the bucket has forgotten of itself after so long without a write. */
async function sleep(minutes: number): Promise<void> {
  const path = `/api/v2/delete?org=${settings.org}&bucket=${settings.bucket}`;
  const always = { start: '1970-01-01T00:00:00Z', stop: new Date(Date.now() + 60 * MINUTE).toISOString() };
  await scene.server.ask('POST', path, { ...always, predicate: '_measurement="pulseward"' });
  const noted = { at: Date.now() - minutes * MINUTE };
  await database.pool.query(`update installation_settings set value = $1 where name = 'influx_progress'`, [noted]);
}

it('is the same after longer without a write than it keeps anything, and knows again whose it is from the next start on', async () => {
  const [before] = await marksOf('installation');
  await sleep(3 * KEPT_MINUTES);
  const logged = scene.logged.length;
  await openIt().checkSettings();
  expect(await marksOf('installation')).toEqual([before]);
  const noted = await notedAt();
  await openAndWrite();
  expect(await marksOf('progress')).toEqual([await notedAt()]);
  expect(await notedAt()).toBeGreaterThan(noted);
  expect(errors(logged)).toEqual([]);
});

it('is told whose it is with every note, so that it knows as long as it is written to', async () => {
  const running = openIt();
  await running.checkSettings();
  const [before] = await marksOf('installation');
  await sleep(3 * KEPT_MINUTES);
  await running.write([reading()], []);
  await expect.poll(() => marksOf('installation'), { timeout: 5_000 }).toEqual([before]);
  await running.ping();
});

it('that lacks what it can not have forgotten yet is an older one', async () => {
  await sleep(KEPT_MINUTES / 2);
  await expect(openIt().checkSettings()).rejects.toMatchObject(unsafe);
});

it('that another installation has taken meanwhile is refused at the next start, and keeps those waiting that were asleep', async () => {
  const running = openIt();
  await running.checkSettings();
  await sleep(3 * KEPT_MINUTES);
  await scene.open({ settings, database: await scene.anotherDatabase() }).checkSettings();
  await expect(openIt().checkSettings()).rejects.toThrow(ConfigurationError);
  await expect(openIt().checkSettings()).rejects.toThrow('holds the readings of another installation');
  const logged = scene.logged.length;
  await running.write([reading()], []);
  await until('it is noticed', 5_000, () =>
    running.ping().then(
      () => false,
      () => true,
    ),
  );
  await expect(running.write([reading()], [])).rejects.toMatchObject(unsafe);
  expect(errors(logged)).toHaveLength(1);
  expect(errors(logged)[0]?.msg).toContain('another installation');
});
