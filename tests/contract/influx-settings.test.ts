// What a start finds in InfluxDB, and what it makes there: buckets, tasks, the installation's mark; and what it refuses.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, TemporaryFailure } from '../../runtime/errors.ts';
import { ReadingsTooOld } from '../../storage/ports/time-series.ts';
import type { InfluxSettings } from '../../storage/readings/influx-connection.ts';
import { refuseToLeaveInflux } from '../../storage/readings/readings-engine.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux, missingInfluxd } from '../start-test-influxdb.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, DAY, MINUTE, newDevice, START, span, stored } from './time-series-samples.ts';

requireEngine(missingInflux);

interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly retentionRules: readonly { readonly everySeconds: number }[];
}

let scene: InfluxScene;
let orgID: string;
beforeAll(async () => {
  if (missingInflux) return;
  scene = await openInfluxScene();
  const { orgs } = JSON.parse(await scene.server.ask('GET', `/api/v2/orgs?org=${scene.server.settings.org}`));
  orgID = orgs[0].id;
});
afterAll(() => scene?.close());

/** An installation of its own with a bucket that isn't there yet. */
async function newInstallation() {
  const [database, settings] = [await scene.anotherDatabase(), scene.server.another()];
  return {
    database,
    settings,
    open: (other?: Partial<InfluxSettings>) => scene.open({ database, settings: { ...settings, ...other } }),
  };
}

async function bucketOf(name: string): Promise<Bucket | undefined> {
  const { buckets } = JSON.parse(await scene.server.ask('GET', `/api/v2/buckets?limit=100&orgID=${orgID}`));
  return (buckets as Bucket[]).find((each) => each.name === name);
}
async function tasksOf(bucket: string): Promise<{ readonly id: string; readonly flux: string }[]> {
  const { tasks } = JSON.parse(await scene.server.ask('GET', `/api/v2/tasks?limit=500&orgID=${orgID}`));
  return (tasks as { id: string; name: string; flux: string }[]).filter(({ name }) => name.includes(bucket));
}
const makeBucket = async (name: string, everySeconds = 0): Promise<string> =>
  JSON.parse(
    await scene.server.ask('POST', '/api/v2/buckets', {
      orgID,
      name,
      retentionRules: everySeconds === 0 ? [] : [{ type: 'expire', everySeconds }],
    }),
  ).id;
async function makeToken(...permissions: readonly object[]): Promise<string> {
  return JSON.parse(await scene.server.ask('POST', '/api/v2/authorizations', { orgID, permissions })).token;
}
const onBucket = (id: string, ...actions: readonly string[]) =>
  actions.map((action) => ({ action, resource: { type: 'buckets', orgID, id } }));
async function problemsOf(check: Promise<void>) {
  const error = await check.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems;
}

describe('a bucket', () => {
  it('that is not there is made to keep readings for ever, beside the one for hourly counts with its task', async () => {
    const { settings, open } = await newInstallation();
    await open().checkSettings();
    expect((await bucketOf(settings.bucket))?.retentionRules).toMatchObject([{ everySeconds: 0 }]);
    expect(await bucketOf(`${settings.bucket}_hourly`)).toBeDefined();
    expect(await tasksOf(settings.bucket)).toHaveLength(1);
  });

  it('is made once, and so is its task, by several processes at once and at every further start', async () => {
    const { settings, open } = await newInstallation();
    await Promise.all(Array.from({ length: 4 }, () => open().checkSettings()));
    await open().checkSettings();
    expect(await tasksOf(settings.bucket)).toHaveLength(1);
  });

  it('with a task of another version gets the one of this version', async () => {
    const { settings, open } = await newInstallation();
    await open().checkSettings();
    const [{ id, flux }] = (await tasksOf(settings.bucket)) as [{ id: string; flux: string }];
    await scene.server.ask('PATCH', `/api/v2/tasks/${id}`, { flux: flux.replace('24h', '12h') });
    await open().checkSettings();
    expect(await tasksOf(settings.bucket)).toMatchObject([{ id, flux }]);
  });

  it('that is there and forgets after a time is used as it is, with a warning', async () => {
    const { settings, open } = await newInstallation();
    await makeBucket(settings.bucket, 30 * 86_400);
    await open().checkSettings();
    expect((await bucketOf(settings.bucket))?.retentionRules).toMatchObject([{ everySeconds: 30 * 86_400 }]);
    expect(scene.logged).toContainEqual(expect.objectContaining({ level: 'warn', bucket: settings.bucket, days: 30 }));
  });

  it('whose name InfluxQL gives to another bucket is asked by a name of its own', async () => {
    const { settings, open } = await newInstallation();
    const [other, ours] = [await makeBucket(`${settings.bucket}-old`), await makeBucket(settings.bucket)];
    const mapping = { orgID, database: settings.bucket, retention_policy: 'autogen', default: true };
    await scene.server.ask('POST', '/api/v2/dbrps', { ...mapping, bucketID: other });
    const series = open();
    await series.checkSettings();
    const deviceKey = newDevice();
    await series.write([stored(cgm(deviceKey, START, 100))], []);
    expect(await series.read([span(deviceKey)], ['cgm'])).toHaveLength(1);
    expect(ours).not.toBe(other);
  });

  it('in which somebody else keeps other things by our names is refused', async () => {
    const { settings, open } = await newInstallation();
    await makeBucket(settings.bucket);
    await scene.server.ask(
      'POST',
      `/api/v2/write?org=${settings.org}&bucket=${settings.bucket}`,
      'cgm value=1i,codes=2i',
    );
    expect(await problemsOf(open().checkSettings())).toMatchObject([
      { name: 'INFLUX_BUCKET', given: expect.stringContaining('cgm.value') },
    ]);
  });

  it('of another installation is refused: its devices have the same numbers', async () => {
    const { settings, open } = await newInstallation();
    await open().checkSettings();
    const another = scene.open({ database: await scene.anotherDatabase(), settings });
    expect(await problemsOf(another.checkSettings())).toMatchObject([
      { name: 'INFLUX_BUCKET', given: expect.stringContaining('another installation') },
    ]);
  });

  it('that is not the one with the readings is refused, and so is none; a copy of it under the same name is taken', async () => {
    const { database, settings, open } = await newInstallation();
    await refuseToLeaveInflux(database.pool);
    await open().checkSettings();
    expect(await problemsOf(open({ bucket: `${settings.bucket}-other` }).checkSettings())).toMatchObject([
      { name: 'INFLUX_BUCKET', allowed: expect.stringContaining('restored from a backup') },
    ]);
    expect(await problemsOf(refuseToLeaveInflux(database.pool))).toMatchObject([{ name: 'INFLUX_URL' }]);

    const { rows } = await database.pool.query(
      `select value from installation_settings where name = 'influx_readings'`,
    );
    const copy = `${settings.bucket}-copy`;
    await makeBucket(copy);
    const path = `/api/v2/write?org=${settings.org}&bucket=${copy}`;
    await scene.server.ask('POST', path, `pulseward installation="${rows[0].value.id}"`);
    await open({ bucket: copy }).checkSettings();
  });
});

describe('a token', () => {
  it('of another organisation is refused: InfluxQL looks for the bucket in its own', async () => {
    const { settings, open } = await newInstallation();
    const org = `${settings.bucket}-org`;
    await scene.server.ask('POST', '/api/v2/orgs', { name: org });
    expect(await problemsOf(open({ org }).checkSettings())).toMatchObject([
      { name: 'INFLUX_TOKEN', given: '(hidden)', allowed: expect.stringContaining(org) },
    ]);
  });

  it('that is wrong is told by its variable and never shown, and so is an organisation that is not there', async () => {
    const { open } = await newInstallation();
    const [wrongToken] = await problemsOf(open({ token: 'a-wrong-token' }).checkSettings());
    expect(wrongToken).toMatchObject({ name: 'INFLUX_TOKEN', given: '(hidden)' });
    const [wrongOrg] = await problemsOf(open({ org: 'nobody' }).checkSettings());
    expect(wrongOrg).toMatchObject({ name: 'INFLUX_ORG', given: '"nobody"' });
    expect(JSON.stringify([wrongToken, wrongOrg, scene.logged])).not.toMatch(/a-wrong-token/);
    expect(JSON.stringify(scene.logged)).not.toContain(scene.server.settings.token);
  });

  it('for one bucket alone is enough for the readings; what it may not do is a warning', async () => {
    const { settings, open } = await newInstallation();
    const token = await makeToken(...onBucket(await makeBucket(settings.bucket), 'read', 'write'));
    const series = open({ token });
    const before = scene.logged.length;
    await series.checkSettings();
    const warnings = scene.logged.slice(before).map(({ msg }) => msg);
    expect(warnings).toEqual([expect.stringContaining('storage-wal-fsync-delay'), expect.stringContaining('hourly')]);
    const deviceKey = newDevice();
    await series.write([stored(cgm(deviceKey, START, 100))], []);
    expect(await series.read([span(deviceKey)], ['cgm'])).toHaveLength(1);
    await series.erase([span(deviceKey)]);
    expect(await series.read([span(deviceKey)], ['cgm'])).toEqual([]);
  });

  it('for one bucket alone is enough to know what that keeps, and changes to it', async () => {
    const { settings, open } = await newInstallation();
    const id = await makeBucket(settings.bucket, 30 * 86_400);
    const series = open({ token: await makeToken(...onBucket(id, 'read', 'write')) });
    await series.checkSettings();
    const old = [stored(cgm(newDevice(), Date.now() - 60 * DAY, 100))];
    await expect(series.write(old, [])).rejects.toThrow(ReadingsTooOld);
    const forEver = [{ type: 'expire', everySeconds: 0 }];
    await scene.server.ask('PATCH', `/api/v2/buckets/${id}`, { retentionRules: forEver });
    await series.write(old, []);
  });

  it('that may only read is told by its variable', async () => {
    const { settings, open } = await newInstallation();
    const token = await makeToken(...onBucket(await makeBucket(settings.bucket), 'read'));
    expect(await problemsOf(open({ token }).checkSettings())).toMatchObject([{ name: 'INFLUX_TOKEN' }]);
  });

  it('that may not make the bucket is told so', async () => {
    const { open } = await newInstallation();
    const token = await makeToken(...onBucket(await makeBucket(scene.server.another().bucket), 'read', 'write'));
    expect(await problemsOf(open({ token }).checkSettings())).toMatchObject([{ name: 'INFLUX_BUCKET' }]);
  });

  it('that is taken away later keeps everybody waiting until it is back, said once as an error', async () => {
    const { settings, open } = await newInstallation();
    const permissions = onBucket(await makeBucket(settings.bucket), 'read', 'write');
    const created = JSON.parse(await scene.server.ask('POST', '/api/v2/authorizations', { orgID, permissions }));
    const setStatus = (status: string) => scene.server.ask('PATCH', `/api/v2/authorizations/${created.id}`, { status });
    const series = open({ token: created.token });
    await series.checkSettings();
    await setStatus('inactive');
    const [deviceKey, before] = [newDevice(), scene.logged.length];
    const batch = [stored(cgm(deviceKey, START, 100))];
    for (let times = 0; times < 3; times++) {
      await expect(series.write(batch, [])).rejects.toThrow(TemporaryFailure);
      await expect(series.read([span(deviceKey)], ['cgm'])).rejects.toThrow(TemporaryFailure);
      await expect(series.ping()).rejects.toThrow(TemporaryFailure);
    }
    expect(scene.logged.slice(before).filter(({ level }) => level === 'error')).toHaveLength(1);
    await setStatus('active');
    await series.write(batch, []);
    expect(await series.read([span(deviceKey)], ['cgm'])).toEqual(batch);
  });
});

describe('the task', () => {
  it('counts the readings and devices of each hour into the hourly bucket, also those that come late, and names no device', async () => {
    const { settings, open } = await newInstallation();
    const series = open();
    await series.checkSettings();
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const [a, b] = [newDevice(), newDevice()];
    const at = (deviceKey: number, before: number) => stored(cgm(deviceKey, hour - before, 100));
    await series.write(
      [at(a, MINUTE), at(a, 2 * MINUTE), at(b, 3 * MINUTE), at(b, 20 * 60 * MINUTE), at(b, 2 * DAY)],
      [],
    );
    const [task] = await tasksOf(settings.bucket);
    const run = JSON.parse(await scene.server.ask('POST', `/api/v2/tasks/${task?.id}/runs`, {}));
    const statusOf = async () =>
      JSON.parse(await scene.server.ask('GET', `/api/v2/tasks/${task?.id}/runs/${run.id}`)).status;
    await expect.poll(statusOf, { timeout: 20_000 }).toBe('success');
    const rows = await scene.flux(`from(bucket: "${settings.bucket}_hourly") |> range(start: -30d, stop: 1d)`);
    const counts = rows.map(({ _time, _measurement, _field, _value }) => [
      Date.parse(String(_time)),
      _measurement,
      _field,
      _value,
    ]);
    expect(counts.sort()).toEqual(
      [
        [hour - 3_600_000, 'cgm', 'readings', 3],
        [hour - 3_600_000, 'cgm', 'devices', 2],
        [hour - 20 * 3_600_000, 'cgm', 'readings', 1],
        [hour - 20 * 3_600_000, 'cgm', 'devices', 1],
      ].sort(),
    );
    expect(rows.some((row) => 'device' in row)).toBe(false);
  });
});

describe('an InfluxDB of which the last writes are lost with the power', () => {
  requireEngine(missingInfluxd);

  it('is refused', async () => {
    const unsafe = await openInfluxScene('--storage-wal-fsync-delay=100ms');
    try {
      expect(await problemsOf(unsafe.open().checkSettings())).toMatchObject([
        { name: 'InfluxDB setting storage-wal-fsync-delay', given: '100ms', allowed: expect.stringContaining('0s') },
      ]);
    } finally {
      await unsafe.close();
    }
  });
});
