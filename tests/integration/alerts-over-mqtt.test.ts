// What a team's own screen or gateway hears over MQTT, by a client that isn't ours (mosquitto_sub) with a user's API token: the whole way
// from a signal through alerting to the broker.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKysely } from '../../storage/database.ts';
import { addGrant } from '../../storage/registry/grants.ts';
import { issueToken } from '../../storage/registry/tokens.ts';
import { requireEngine } from '../production-engine.ts';
import { until } from '../system/until.ts';
import { createScene, type Scene } from './alerting-scene.ts';
import { type BrokerUnderTest, startBroker } from './broker-under-test.ts';

requireEngine(
  spawnSync('mosquitto_sub', ['--help']).error === undefined
    ? undefined
    : 'no mosquitto_sub on the PATH: alerts over MQTT are not heard by a foreign client',
);

interface Heard {
  readonly retained: boolean;
  readonly qos: number;
  readonly topic: string;
  /** Absent where nothing is left of it. */
  readonly message?: Record<string, unknown>;
}

let scene: Scene;
let broker: BrokerUnderTest;
let token: string;
const clients: ChildProcess[] = [];
beforeEach(async () => {
  scene = await createScene();
  broker = await startBroker(scene.database);
  const db = openKysely(scene.database.pool);
  await addGrant(db, scene.userId, { role: 'nurse', teamId: scene.teamId });
  ({ token } = await issueToken(db, { userId: scene.userId, kind: 'api' }));
  await scene.startAlerting();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.kill();
  await broker.stop();
  await scene.destroy();
});

/** Resolves once the subscription is granted; what is heard afterwards is added to the list. */
async function subscribe(teamId = scene.teamId): Promise<Heard[]> {
  const signIn = ['-h', '127.0.0.1', '-p', String(broker.port), '-u', 'token', '-P', token];
  const asked = ['-q', '1', '-t', `v1/teams/${teamId}/alerts/+`, '-F', 'heard\t%r\t%q\t%t\t%p', '-d'];
  // Into a pipe it writes by the line only if it is told to.
  const client = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...signIn, ...asked], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  clients.push(client);
  const heard: Heard[] = [];
  const granted = Promise.withResolvers<void>();
  createInterface({ input: client.stdout }).on('line', (line) => {
    const [mark, retained, qos, topic = '', payload = ''] = line.split('\t');
    if (/^Subscribed .*: 1$/.test(line)) granted.resolve();
    if (mark !== 'heard') return;
    const message = payload === '' ? {} : { message: JSON.parse(payload) };
    heard.push({ retained: retained === '1', qos: Number(qos), topic, ...message });
  });
  await Promise.race([
    granted.promise,
    new Promise((_, reject) => client.once('exit', (code) => reject(new Error(`mosquitto_sub ended with ${code}`)))),
  ]);
  return heard;
}
const states = (heard: readonly Heard[]) => heard.map(({ message }) => message?.state ?? 'nothing is left of it');

test('a screen hears that an alert opens, that somebody takes it over, how it ends, and then that nothing is left of it', async () => {
  const heard = await subscribe();
  await scene.fire('CGM-01');
  await until('it hears that it opened', 8_000, () => heard.length === 1);
  const [alert] = await scene.alerts();
  const alertId = alert?.alertId ?? '';
  const topic = `v1/teams/${scene.teamId}/alerts/${alertId}`;
  expect(heard[0]).toMatchObject({
    topic,
    qos: 1,
    message: {
      alertId,
      teamId: scene.teamId,
      severity: 'critical',
      condition: 'glucose',
      direction: 'low',
      signal: 'firing',
    },
  });
  // Ids, what it is, when, and where to look: nobody's name.
  expect(Object.keys(heard[0]?.message ?? {}).toSorted()).toEqual([
    'alertId',
    'condition',
    'direction',
    'link',
    'openedAt',
    'patientId',
    'severity',
    'signal',
    'state',
    'teamId',
  ]);
  await scene.commands.acknowledge(alertId, scene.userId);
  await until('it hears of the owner', 5_000, () => heard.length === 2);
  await scene.commands.resolve(alertId, scene.userId, 'called');
  await until('it hears of the end', 5_000, () => heard.length === 4);
  expect(states(heard)).toEqual(['open', 'acknowledged', 'resolved', 'nothing is left of it']);
  expect(new Set(heard.map((each) => each.topic))).toEqual(new Set([topic]));
});

test('a screen that comes later gets what is open as it is now, and of what is closed nothing', async () => {
  const witness = await subscribe();
  await scene.fire('SMBG-03');
  await until('the high is open', 8_000, () => witness.length === 1);
  const [high] = await scene.alerts();
  await scene.commands.resolve(high?.alertId ?? '', scene.userId, 'called');
  await scene.fire('CGM-01');
  await until('the low is open, too', 8_000, () => states(witness).filter((state) => state === 'open').length === 2);
  const [low] = await scene.alerts(['open']);
  await scene.commands.acknowledge(low?.alertId ?? '', scene.userId);
  await until('somebody has it', 5_000, () => states(witness).includes('acknowledged'));

  const late = await subscribe();
  await until('it has what is retained', 5_000, () => late.length > 0);
  await scene.fire('BP-02', { severity: 'warning' });
  await until('it goes on from there', 8_000, () => late.length === 2);
  expect(late.map(({ retained }) => retained)).toEqual([true, false]);
  expect(states(late)).toEqual(['acknowledged', 'open']);
});

test('a reminder tells a screen nothing that it knows already: the same state is published once', async () => {
  const heard = await subscribe();
  await scene.fire('CGM-01');
  await until('it is paged', 8_000, () => scene.webhook.received.length === 1);
  scene.pass(15 * 60_000);
  await until('it is reminded', 8_000, () => scene.webhook.received.length === 2);
  await scene.recover('CGM-01');
  await until('it hears that it cleared', 8_000, () => heard.length > 1);
  expect(heard.map(({ message }) => message?.signal)).toEqual(['firing', 'cleared']);
});

test('nobody hears of another team’s alerts', async () => {
  await expect(subscribe(await scene.addTeam())).rejects.toThrow('mosquitto_sub ended');
});
