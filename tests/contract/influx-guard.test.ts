// Requests of one process to InfluxDB beside each other, of which one is refused.
import { afterAll, beforeAll, expect, it } from 'vitest';
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
