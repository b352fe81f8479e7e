// Grafana's panels over the bucket of hourly counts, asked as Grafana asks them, by a user like the one that the district's script makes.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux } from '../start-test-influxdb.ts';
import { ROOT, readComposeFile, readText } from './district-file.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';
import { cgm, newDevice, START, stored } from './time-series-samples.ts';

requireEngine(missingInflux);

const HOUR = 3_600_000;
const FOLDER = 'dashboards/grafana/dashboards';
const user = { username: 'pulseward_reporting', password: 'read-the-hours' };
const script = readText('tooling/district/create-influx-reader.sh');
const dashboards = readdirSync(join(ROOT, FOLDER)).map((file) => JSON.parse(readText(`${FOLDER}/${file}`)));
const targets: { query: string; datasource: { uid: string } }[] = dashboards
  .flatMap(({ panels }) => panels)
  .flatMap((panel) => panel.targets)
  .filter(({ datasource }) => datasource.uid === 'pulseward-hourly');

let scene: InfluxScene;
let series: InfluxTimeSeries;
beforeAll(async () => {
  if (missingInflux) return;
  scene = await openInfluxScene();
  series = scene.open();
  await series.checkSettings();
  const { org, bucket } = scene.server.settings;
  const { buckets } = JSON.parse(await scene.server.ask('GET', `/api/v2/buckets?name=${bucket}_hourly`));
  const { id, orgID } = buckets[0];
  // What `influx v1 auth create --read-bucket` asks for.
  const made = await scene.server.ask('POST', '/private/legacy/authorizations', {
    token: user.username,
    orgID,
    permissions: [{ action: 'read', resource: { type: 'buckets', orgID, id } }],
  });
  const path = `/private/legacy/authorizations/${JSON.parse(made).id}/password`;
  await scene.server.ask('POST', path, { password: user.password });
  const hour = Math.floor(Date.now() / HOUR) * HOUR;
  const lines = [1, 2, 24 * 800].map((ago) => `cgm readings=${ago}i,devices=1i ${hour - ago * HOUR}`);
  await scene.server.ask('POST', `/api/v2/write?org=${org}&bucket=${bucket}_hourly&precision=ms`, lines.join('\n'));
});
afterAll(() => scene?.close());

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

it('the data source, the script and the compose file speak of the same user, bucket and password', () => {
  const { datasources } = parse(readText('dashboards/grafana/provisioning/datasources/pulseward.yml'));
  const source = datasources.find(({ uid }: { uid: string }) => uid === 'pulseward-hourly');
  const { influxdb, grafana } = readComposeFile().services;
  expect(source).toMatchObject({ user: user.username, jsonData: { version: 'InfluxQL' } });
  expect(source.jsonData.dbName).toBe(`${influxdb?.environment?.DOCKER_INFLUXDB_INIT_BUCKET}_hourly`);
  expect(script).toContain(`--username ${user.username} --password "$(cat /run/secrets/hourly-password)"`);
  expect(source.secureJsonData.password).toContain('/run/secrets/hourly-password');
  for (const service of [influxdb, grafana]) expect(service?.secrets).toContain('hourly-password');
});
