// A team's debug mode: everything is decided and recorded as ever, nothing leaves the house, and the page shows what there is.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { openSceneTeam } from './scene-team.ts';

let scene: Scene;
let byHand: ByHand;
const setDebug = async (debug: boolean) => (await openSceneTeam(scene)).configure({ debug });
const fire = async () => {
  await scene.fire('CGM-01', {}, { nudge: false });
  await byHand.settle();
};
const notifications = async () =>
  (await scene.notifications()).map(({ status, kind, last_failure }) => [kind, status, last_failure]);
async function detail() {
  const [alert] = await scene.alerts();
  return scene.detail(alert!.alertId);
}

beforeEach(async () => {
  scene = await createScene();
  byHand = await alertingByHand(scene);
});
afterEach(() => scene.destroy());

describe('a team in debug mode', () => {
  test('has its urgent alert open, with every notification decided, recorded and not sent', async () => {
    await setDebug(true);
    await fire();
    expect(byHand.received).toEqual([]);
    expect(await notifications()).toEqual([['opened', 'skipped', 'debug_mode']]);
    const { state, timeline } = await detail();
    expect(state).toBe('open');
    expect(timeline.map(({ event, reason }) => `${event} ${reason}`)).toEqual(
      expect.arrayContaining(['notification_planned first_notification', 'notification_skipped debug_mode']),
    );
  });

  test('goes on with steps and reminders at their times, as if each had been told', async () => {
    await setDebug(true);
    await fire();
    scene.pass(5 * MINUTE_MS);
    await byHand.settle();
    expect(await notifications()).toHaveLength(1);
    scene.pass(10 * MINUTE_MS + 1_000);
    await byHand.settle();
    expect(byHand.received).toEqual([]);
    expect((await notifications()).at(-1)).toEqual(['opened', 'skipped', 'debug_mode']);
    const { rows } = await scene.database.pool.query(`select escalation->>'next' as next from alerts`);
    expect(rows).toEqual([{ next: '4' }]);
  });

  test('is silent from the moment it is switched on, also of what was waiting to be sent again', async () => {
    byHand.receiverAnswers('refused');
    await fire();
    expect(await notifications()).toEqual([['opened', 'pending', 'http_503']]);
    byHand.receiverAnswers('delivered');
    await setDebug(true);
    scene.pass(5 * MINUTE_MS);
    await byHand.settle();
    expect(byHand.received).toEqual([]);
    expect(await notifications()).toEqual([['opened', 'skipped', 'debug_mode']]);
  });

  test('hears of what is still open, as of something new, once it is switched off', async () => {
    await setDebug(true);
    await fire();
    await setDebug(false);
    scene.pass(16 * MINUTE_MS);
    await byHand.settle();
    expect(byHand.received.map(({ kind }) => kind)).toEqual(['opened']);
  });

  test('is not told that something is over of which it never heard', async () => {
    await setDebug(true);
    await fire();
    await scene.recover('CGM-01', { nudge: false });
    await setDebug(false);
    await byHand.settle();
    expect(byHand.received).toEqual([]);
    expect(await detail()).toMatchObject({ state: 'open', signal: 'cleared' });
  });
});
