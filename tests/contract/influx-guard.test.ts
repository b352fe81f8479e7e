// Requests of one process to InfluxDB beside each other, of which one is refused.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { createLog } from '../../runtime/log.ts';
import { type InfluxConnection, InfluxRefusal, openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxGuard } from '../../storage/readings/influx-guard.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux } from '../start-test-influxdb.ts';
import { type InfluxScene, openInfluxScene } from './influx-scene.ts';

requireEngine(missingInflux);

let scene: InfluxScene;
beforeAll(async () => {
  if (!missingInflux) scene = await openInfluxScene();
});
afterAll(() => scene?.close());

const QUESTION = 'show measurements limit 1';
const REFUSED = 'show measurements limit 2';

it.each([401, 404])('a %i to one of them, whenever it comes, costs no other one its bucket', async (status) => {
  const influx = openInflux(scene.server.settings);
  let refuse = () => {};
  const refusing: InfluxConnection = {
    ...influx,
    ask: (request) =>
      request.body === REFUSED
        ? new Promise((_, reject) => {
            refuse = () => reject(new InfluxRefusal(status));
          })
        : influx.ask(request),
  };
  const log = createLog({ part: 'test', level: 'silent' });
  const guard = createInfluxGuard({ influx: refusing, pool: scene.database.pool, log });
  // A request stands before InfluxDB for some turns of the loop's microtasks: the refusal is heard in each of them.
  for (let turns = 0; turns < 12; turns++) {
    await guard.pass();
    const refused = expect(guard.query(REFUSED)).rejects.toMatchObject({ code: 'readings_unavailable' });
    await new Promise(setImmediate);
    refuse();
    for (let turn = 0; turn < turns; turn++) await undefined;
    expect(await guard.query(QUESTION)).toContain('results');
    await refused;
  }
  influx.close();
});

it.each([401, 403, 404])('a %i after it was away, when it is looked at first, passes', async (status) => {
  const influx = openInflux(scene.server.settings);
  let answer: Error | undefined;
  const failing: InfluxConnection = {
    ...influx,
    ask: (request) => (answer ? Promise.reject(answer) : influx.ask(request)),
  };
  const log = createLog({ part: 'test', level: 'silent' });
  const guard = createInfluxGuard({ influx: failing, pool: scene.database.pool, log });
  await guard.pass();
  await scene.database.pool.query(
    `insert into installation_settings (name, value) values ('influx_progress', '{"at": 1}') on conflict do nothing`,
  );
  await scene.server.ask(
    'POST',
    `/api/v2/write?org=${scene.server.settings.org}&bucket=${scene.server.settings.bucket}`,
    'pulseward progress=1i',
  );
  answer = new TemporaryFailure('readings_unavailable', 'away');
  await expect(guard.query(QUESTION)).rejects.toThrow('away');
  answer = new InfluxRefusal(status);
  for (let times = 0; times < 3; times++) await expect(guard.query(QUESTION)).rejects.toBeInstanceOf(TemporaryFailure);
  answer = undefined;
  expect(await guard.query(QUESTION)).toContain('results');
  influx.close();
});
