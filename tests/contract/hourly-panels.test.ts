// Grafana's panels over the bucket of hourly counts, asked as Grafana asks them, by the user that the district's script makes.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux } from '../start-test-influxdb.ts';
import { ROOT, readComposeFile, readText, runDistrictScript } from './district-file.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, newDevice, START, stored } from './time-series-samples.ts';

requireEngine(missingInflux);

const HOUR = 3_600_000;
const FOLDER = 'dashboards/grafana/dashboards';
const user = { username: 'pulseward_reporting', password: 'read-the-hours' };
const dashboards = readdirSync(join(ROOT, FOLDER)).map((file) => JSON.parse(readText(`${FOLDER}/${file}`)));
const targets: { query: string; datasource: { uid: string } }[] = dashboards
  .flatMap(({ panels }) => panels)
  .flatMap((panel) => panel.targets)
  .filter(({ datasource }) => datasource.uid === 'pulseward-hourly');

const directory = mkdtempSync(join(tmpdir(), 'pulseward-influx-reader-'));
let script: ReturnType<typeof runDistrictScript>;
let scene: InfluxScene;
let series: InfluxTimeSeries;
beforeAll(async () => {
  if (missingInflux) return;
  scene = await openInfluxScene();
  const { url, token, org, bucket } = scene.server.settings;
  const { orgs } = JSON.parse(await scene.server.ask('GET', `/api/v2/orgs?org=${org}`));
  // As the image sets them while it runs the script.
  const env = { INFLUX_HOST: url, DOCKER_INFLUXDB_INIT_ORG_ID: orgs[0].id, DOCKER_INFLUXDB_INIT_BUCKET: bucket };
  const secrets = { 'influxdb-token': token, 'hourly-password': user.password };
  script = runDistrictScript('create-influx-reader.sh', { directory, secrets, command: 'curl', isRun: true, env });
  series = scene.open();
  await series.checkSettings();
  const hour = Math.floor(Date.now() / HOUR) * HOUR;
  const lines = [1, 2, 24 * 800].map((ago) => `cgm readings=${ago}i,devices=1i ${hour - ago * HOUR}`);
  await scene.server.ask('POST', `/api/v2/write?org=${org}&bucket=${bucket}_hourly&precision=ms`, lines.join('\n'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await scene?.close();
});

interface Answer {
  readonly series?: readonly { readonly name: string; readonly values: readonly (readonly [number, number])[] }[];
}

async function ask(bucket: string, query: string): Promise<Answer | undefined> {
  const { url } = scene.server.settings;
  const headers = { authorization: `Basic ${btoa(`${user.username}:${user.password}`)}` };
  const parameters = new URLSearchParams({ db: bucket, q: query, epoch: 'ms' });
  const response = await fetch(`${url}/query?${parameters}`, { headers });
  const { results } = (await response.json()) as { readonly results?: readonly [Answer] };
  return results?.[0];
}

/** Grafana's own variables, over ten years. */
const filledIn = (query: string, interval: string) => {
  const from = Date.now() - 10 * 365 * 24 * HOUR;
  return query.replace('$timeFilter', `time >= ${from}ms and time <= ${Date.now()}ms`).replace('$__interval', interval);
};

describe('the panels over all time', () => {
  it('show what an hour brought, also where a pixel is a week', async () => {
    const bucket = `${scene.server.settings.bucket}_hourly`;
    expect(targets).toHaveLength(2);
    const [readings = '', devices = ''] = targets.map(({ query }) => query);
    const hours = await ask(bucket, filledIn(readings, '1h'));
    expect(hours?.series?.map(({ name, values }) => [name, values.map(([, n]) => n)])).toEqual([
      ['cgm', [24 * 800, 2, 1]],
    ]);
    const weeks = await ask(bucket, filledIn(devices, '7d'));
    expect(new Set(weeks?.series?.[0]?.values.map(([, n]) => n))).toEqual(new Set([1]));
  });

  it('are asked by somebody who sees no reading', async () => {
    const { bucket, org, url } = scene.server.settings;
    await series.write([stored(cgm(newDevice(), START, 100))], []);
    expect(
      await scene.flux('from(bucket: "BUCKET") |> range(start: 0) |> filter(fn: (r) => r._field == "value")'),
    ).toHaveLength(1);
    expect((await ask(bucket, 'select * from cgm where time > 0'))?.series).toBeUndefined();
    const headers = { authorization: `Token ${user.username}:${user.password}` };
    const write = await fetch(`${url}/api/v2/write?org=${org}&bucket=${bucket}_hourly`, {
      method: 'POST',
      headers,
      body: 'cgm readings=9i',
    });
    expect(write.ok).toBe(false);
  });
});

it('the script shows no secret to whoever lists processes', () => {
  expect(script.given.trim().split('\n')).toHaveLength(3);
  for (const secret of [user.password, scene.server.settings.token]) expect(script.given).not.toContain(secret);
});

it('the data source and the compose file speak of the user, bucket and password that the script was tried with', () => {
  const { datasources } = parse(readText('dashboards/grafana/provisioning/datasources/pulseward.yml'));
  const source = datasources.find(({ uid }: { uid: string }) => uid === 'pulseward-hourly');
  const { influxdb, grafana } = readComposeFile().services;
  expect(source).toMatchObject({ user: user.username, jsonData: { version: 'InfluxQL' } });
  expect(source.jsonData.dbName).toBe(`${influxdb?.environment?.DOCKER_INFLUXDB_INIT_BUCKET}_hourly`);
  expect(source.secureJsonData.password).toContain('/run/secrets/hourly-password');
  for (const service of [influxdb, grafana]) expect(service?.secrets).toContain('hourly-password');
});
