// The queue's Redis is away: alerting goes on from Postgres alone, and nobody is told twice when it comes back.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireEngine } from '../production-engine.ts';
import { redisVersion, startTestRedis, type TestRedis } from '../start-test-redis.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

requireEngine(
  redisVersion ? undefined : 'no redis-server (PATH or REDIS_SERVER): alerting while its queue is away is not tested',
);

let redis: TestRedis;
let scene: Scene;
beforeEach(async () => {
  redis = await startTestRedis();
  scene = await createScene({ redisUrl: redis.url });
});
afterEach(async () => {
  redis?.thaw();
  await scene?.destroy();
  await redis?.destroy();
});

/** More than a process takes at once. */
const PATIENTS = 150;

/** What was received, as `opened low`, in order. */
const heard = () => scene.webhook.received.map(({ body }) => `${body.kind} ${body.direction}`);
const hears = (what: readonly string[], within: number) =>
  until(what.join(', '), within, () => heard().length >= what.length).then(() => expect(heard()).toEqual(what));
const alertId = async (direction: string) =>
  (await scene.alerts()).find((alert) => alert.direction === direction)?.alertId ?? '';

const OUTAGES: readonly (readonly [how: string, go: () => Promise<void>, come: () => Promise<void>])[] = [
  ['is killed', () => redis.kill(), () => redis.start()],
  ['hangs', async () => redis.freeze(), async () => redis.thaw()],
];

describe.each(OUTAGES)("the queue's Redis %s", (_how, go, come) => {
  test('a low pages, its reminder and the end of a snooze come, each once for two processes', async () => {
    await scene.startAlerting();
    await scene.startAlerting();
    await scene.fire('SMBG-03');
    await hears(['opened high'], 8_000);
    await scene.commands.snooze(await alertId('high'), scene.userId, scene.now() + 20 * MINUTE_MS, 'she eats');
    await scene.settled();

    await go();
    await scene.fire('CGM-01');
    await hears(['opened high', 'opened low'], 10_000);
    scene.pass(15 * MINUTE_MS);
    await hears(['opened high', 'opened low', 'reminder low'], 6_000);
    scene.pass(6 * MINUTE_MS);
    await hears(['opened high', 'opened low', 'reminder low', 'reminder high'], 6_000);
    await scene.settled();

    await come();
    await scene.fire('CGM-01', {}, { patientKey: await scene.addPatient() });
    await until('the next low pages', 15_000, () => heard().length === 5);
    await scene.settled();
    expect(heard().toSorted()).toEqual(['opened high', 'opened low', 'opened low', 'reminder high', 'reminder low']);
    const { timeline } = await scene.detail(await alertId('high'));
    expect(timeline.filter(({ event }) => event === 'snooze_ended')).toHaveLength(1);
  }, 90_000);

  test('a page that a receiver refused is tried again', async () => {
    await scene.startAlerting();
    await go();
    scene.webhook.answerWith(503);
    await scene.fire('CGM-01');
    await until('two attempts were refused', 15_000, () => scene.webhook.received.length >= 2);
    scene.webhook.answerWith(204);
    await until('it is delivered', 15_000, async () => (await scene.notifications())[0]?.status === 'delivered');
    expect(scene.webhook.distinct()).toHaveLength(1);
  }, 60_000);

  test('alerting that is started meanwhile pages at once, and works on nudges when the queue is back', async () => {
    await go();
    await scene.fire('CGM-01');
    await scene.startAlerting();
    await hears(['opened low'], 6_000);
    await come();
    await until('a worker waits for nudges', 15_000, async () =>
      String(await redis.client.client('LIST', 'TYPE', 'NORMAL')).includes('cmd=bzpopmin'),
    );
    await scene.settled();
    expect(heard()).toEqual(['opened low']);
  }, 60_000);
});

test('what has piled up while queue and alerting were away is told once by two processes, urgent first', async () => {
  await redis.kill();
  for (let n = 0; n < PATIENTS; n++) {
    const isLow = n % 2 === 1;
    const firing = { severity: isLow ? 'critical' : 'warning' } as const;
    await scene.fire(isLow ? 'CGM-01' : 'CGM-05', firing, { patientKey: await scene.addPatient(), nudge: false });
  }
  await Promise.all([scene.startAlerting(), scene.startAlerting()]);
  await until('all are opened', 60_000, async () => (await scene.alerts(['open'])).length === PATIENTS);
  const openings = (await scene.alerts()).toSorted((a, b) => a.openedAt - b.openedAt);
  const lastLow = openings.findLastIndex(({ direction }) => direction === 'low');
  // Those that the two had begun with when the last low was under way.
  expect(lastLow).toBeLessThan(PATIENTS / 2 + 20);
  scene.pass(31_000);
  // What isn't urgent comes too much at once for a message each.
  const told = () => scene.webhook.distinct().flatMap(({ body }) => body.items ?? [body]);
  await until('all have paged', 60_000, () => told().length >= PATIENTS);
  await scene.settled();
  expect(told()).toHaveLength(PATIENTS);
  expect(new Set(told().map(({ alertId }) => alertId)).size).toBe(PATIENTS);
}, 180_000);
