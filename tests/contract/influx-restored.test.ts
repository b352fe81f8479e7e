// An InfluxDB that was restored from a copy: one that is older than Postgres knows of is neither written to nor read as if it were whole.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireEngine } from '../production-engine.ts';
import { missingInfluxd } from '../start-test-influxdb.ts';
import { until } from '../system/until.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, MINUTE, newDevice, START, span, stored } from './time-series-samples.ts';

requireEngine(missingInfluxd);

let scene: InfluxScene;
beforeEach(async () => {
  scene = await openInfluxScene();
});
afterEach(() => scene?.close());

const deviceKey = newDevice();
const reading = (minute: number) => stored(cgm(deviceKey, START + minute * MINUTE, 100 + minute));
const errors = () => scene.logged.filter(({ level }) => level === 'error');

/** As a process does, which then has noted how far the bucket has come. */
async function openAndWrite(minute: number) {
  const before = await notedAt();
  const series = scene.open();
  await series.checkSettings();
  await series.write([reading(minute)], []);
  await until('it is noted', 5_000, async () => (await notedAt()) > before);
  return series;
}
async function notedAt(): Promise<number> {
  const { rows } = await scene.database.pool.query(
    `select (value ->> 'at')::int8 as at from installation_settings where name = 'influx_progress'`,
  );
  return rows[0]?.at ?? 0;
}

it('keeps everybody waiting where it lacks what it had, says once what to type, and goes on when that is typed', async () => {
  await openAndWrite(0);
  await scene.server.kill();
  const copy = await scene.server.backUp();
  await scene.server.start();
  const running = await openAndWrite(1);
  await scene.server.kill();
  await expect(running.write([reading(2)], [])).rejects.toMatchObject({ code: 'readings_unavailable' });
  await copy.restore();
  await scene.server.start();

  const unsafe = { name: 'TemporaryFailure', code: 'readings_unsafe' };
  await expect(running.write([reading(2)], [])).rejects.toMatchObject(unsafe);
  await expect(running.read([span(deviceKey)], ['cgm'])).rejects.toMatchObject(unsafe);
  await expect(running.ping()).rejects.toMatchObject(unsafe);
  expect(errors()).toHaveLength(1);
  const starting = scene.open();
  await expect(starting.checkSettings()).rejects.toMatchObject(unsafe);

  const [, typed = ''] = /in Postgres: (.+)$/.exec(String(errors()[0]?.msg)) ?? [];
  await scene.database.pool.query(typed);
  await running.write([reading(2)], []);
  expect(await starting.read([span(deviceKey)], ['cgm'])).toEqual([reading(0), reading(2)]);
});

it('is noticed by whoever slept while it was restored, before it could cover up what the others have yet to see', async () => {
  const sleeper = scene.open();
  await sleeper.checkSettings();
  await openAndWrite(0);
  await scene.server.kill();
  const copy = await scene.server.backUp();
  await scene.server.start();
  const running = await openAndWrite(1);
  const noted = await notedAt();
  await scene.server.kill();
  await copy.restore();
  await scene.server.start();

  const unsafe = { name: 'TemporaryFailure', code: 'readings_unsafe' };
  // It can't know yet, and notes how far the bucket has come for the first time.
  await sleeper.write([reading(2)], []);
  await until('it is noticed', 5_000, () =>
    sleeper.ping().then(
      () => false,
      () => true,
    ),
  );
  expect(await notedAt()).toBe(noted);
  await expect(sleeper.write([reading(3)], [])).rejects.toMatchObject(unsafe);
  await expect(scene.open().checkSettings()).rejects.toMatchObject(unsafe);
  expect(errors()).toHaveLength(2);
  await running.close();
});

it('is taken where the copy has everything, and so is one that was only away', async () => {
  const running = await openAndWrite(0);
  await scene.server.kill();
  const copy = await scene.server.backUp();
  await copy.restore();
  await expect(running.ping()).rejects.toMatchObject({ code: 'readings_unavailable' });
  await scene.server.start();
  await running.write([reading(1)], []);
  await openAndWrite(2);
  expect(await running.read([span(deviceKey)], ['cgm'])).toHaveLength(3);
  expect(errors()).toEqual([]);
});
