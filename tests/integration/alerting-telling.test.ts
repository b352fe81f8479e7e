// Who is told what, and when it is told anew: across teams, cooldowns and rules that speak for others.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

const SILENTLY = { nudge: false } as const;
const HOUR_MS = 60 * MINUTE_MS;

let scene: Scene;
let hand: ByHand;
beforeEach(async () => {
  scene = await createScene();
  hand = await alertingByHand(scene);
});
afterEach(() => scene.destroy());

const kinds = (to?: string) => hand.received.filter((sent) => !to || sent.to === to).map(({ kind }) => kind);
const pass = async (ms: number) => {
  scene.pass(ms);
  await hand.settle();
};
const fire = async (ruleId: string, firing: Parameters<Scene['fire']>[1] = {}) => {
  const episodeId = await scene.fire(ruleId, firing, SILENTLY);
  await hand.settle();
  return episodeId;
};
const recover = async (ruleId: string) => {
  await scene.recover(ruleId, SILENTLY);
  await hand.settle();
};
/** The rules that each page of the alert named. */
async function named(): Promise<unknown[]> {
  const [alert] = await scene.alerts();
  const { timeline } = await scene.detail(alert?.alertId ?? '');
  return timeline.filter(({ event }) => event === 'notification_planned').map(({ detail }) => detail.rules);
}

describe('a patient who goes to another team with an open alert', () => {
  const other = 'https://other.example/';
  const toOther = async () => scene.addTeam([{ channel: 'webhook', address: other, secret: 's' }]);

  test('is told to the new team at once and again as its rule says, and so to the first one on the way back', async () => {
    const first = scene.webhook.url;
    const otherTeam = await toOther();
    await fire('CGM-01');
    await pass(15 * MINUTE_MS);
    expect(kinds()).toEqual(['opened', 'reminder']);
    await scene.moveTo(otherTeam);
    await hand.settle();
    expect(kinds(other)).toEqual(['opened']);
    await pass(15 * MINUTE_MS);
    expect(kinds(other)).toEqual(['opened', 'reminder']);
    for (let n = 1; n <= 2; n += 1) {
      await scene.moveTo(scene.teamId);
      await hand.settle();
      await pass(15 * MINUTE_MS);
      await scene.moveTo(otherTeam);
      await hand.settle();
      await pass(15 * MINUTE_MS);
    }
    const again = ['changed', 'reminder'];
    expect(kinds(first)).toEqual(['opened', 'reminder', ...again, ...again]);
    expect(kinds(other)).toEqual(['opened', 'reminder', ...again, ...again]);
  });

  test('takes along what is clear and waits for review: those who were told of it hear of its end', async () => {
    await fire('CGM-01');
    await recover('CGM-01');
    await scene.moveTo(await toOther());
    await hand.settle();
    const [alert] = await scene.alerts();
    await scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'called');
    await hand.settle();
    expect(kinds()).toEqual(['opened', 'cleared', 'closed']);
  });
});

describe('a low that a person has closed while it ran', () => {
  test('is not told again because late data shows that it began earlier, but by the next fresh reading', async () => {
    await fire('CGM-01');
    const [alert] = await scene.alerts();
    await scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'called');
    await hand.settle();
    await scene.join('CGM-01', SILENTLY);
    await hand.settle();
    const episodeId = await scene.join('CGM-01', SILENTLY);
    await hand.settle();
    expect(await scene.alerts(['open'])).toEqual([]);
    scene.pass(MINUTE_MS);
    await fire('CGM-01', { episodeId, freshAt: scene.now() });
    expect(kinds()).toEqual(['opened', 'closed', 'opened']);
  });
});

describe('a low that is over after a person closed it', () => {
  test('is noted in its alert, and told again if that turns out to be wrong', async () => {
    const episodeId = await fire('CGM-01');
    const [alert] = await scene.alerts();
    const alertId = alert?.alertId ?? '';
    await scene.commands.resolve(alertId, scene.userId, 'called');
    await hand.settle();
    await recover('CGM-01');
    const closed = await scene.detail(alertId);
    expect(closed).toMatchObject({ state: 'resolved', signal: 'cleared', reasons: [{ firing: false }] });
    expect(closed.timeline.map(({ event, reason }) => `${event} ${reason}`).slice(-2)).toEqual([
      'reason_cleared recovered',
      'cleared cleared_after_closing',
    ]);
    expect(kinds()).toEqual(['opened', 'closed']);
    await fire('CGM-01', { episodeId });
    expect(kinds()).toEqual(['opened', 'closed', 'opened']);
  });
});

describe('the cooldown of a rule', () => {
  test('is its own: another rule’s alert that has just been closed delays it by nothing', async () => {
    await fire('SMBG-03');
    await recover('SMBG-03');
    const [alert] = await scene.alerts();
    await scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'called');
    await hand.settle();
    await fire('CGM-05', { severity: 'warning' });
    await pass(31_000);
    expect(kinds()).toEqual(['opened', 'cleared', 'closed', 'opened']);
  });

  test('goes on while another rule comes and goes, and ends when it says', async () => {
    await fire('CGM-05', { severity: 'warning' });
    await pass(31_000);
    await recover('CGM-05');
    await pass(HOUR_MS);
    await fire('SMBG-03');
    await recover('SMBG-03');
    const [alert] = await scene.alerts(['open']);
    await scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'called');
    await hand.settle();
    const before = kinds();
    expect(before).toEqual(['opened', 'closed', 'opened', 'cleared', 'closed']);
    await fire('CGM-05', { severity: 'warning' });
    await pass(2 * HOUR_MS);
    expect(kinds()).toEqual(before);
    await pass(HOUR_MS);
    expect(kinds()).toEqual([...before, 'opened']);
  });

  test('does not hold for what got worse', async () => {
    await fire('CGM-05', { severity: 'info' });
    await pass(31_000);
    await recover('CGM-05');
    await fire('CGM-05', { severity: 'warning' });
    await pass(31_000);
    expect(kinds()).toEqual(['opened', 'closed', 'opened']);
  });

  test('begins with the end of the episode, also where a person had closed the alert before', async () => {
    await fire('CGM-05', { severity: 'warning' });
    await pass(31_000);
    const [alert] = await scene.alerts();
    await scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'advice_given');
    await recover('CGM-05');
    await fire('CGM-05', { severity: 'warning' });
    await pass(HOUR_MS);
    expect(kinds()).toEqual(['opened', 'closed']);
    await pass(3 * HOUR_MS);
    expect(kinds()).toEqual(['opened', 'closed', 'opened']);
  });
});

describe('a very low glucose speaks for the low', () => {
  test('while it fires, and no longer: the low that goes on is told again in its own name', async () => {
    await fire('CGM-01');
    await fire('CGM-02');
    expect(kinds()).toEqual(['opened']);
    await pass(15 * MINUTE_MS);
    expect(kinds()).toEqual(['opened', 'reminder']);
    await scene.withdraw('CGM-01', SILENTLY);
    await hand.settle();
    await pass(29 * MINUTE_MS);
    expect(kinds()).toEqual(['opened', 'reminder']);
    await pass(MINUTE_MS);
    expect(kinds()).toEqual(['opened', 'reminder', 'reminder']);
    expect(await named()).toEqual(['CGM-01', 'CGM-01', 'CGM-02']);
    expect(await scene.alerts()).toMatchObject([{ state: 'open', signal: 'firing' }]);
  });

  test('but where it turns out never to have been before anybody was told, the low is told as what it is', async () => {
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.apply();
    await scene.withdraw('CGM-01', SILENTLY);
    await scene.fire('CGM-02', { severity: 'warning' }, SILENTLY);
    await hand.settle();
    expect(kinds()).toEqual([]);
    await pass(31_000);
    expect(hand.received.map(({ kind, severity }) => [kind, severity])).toEqual([['opened', 'warning']]);
    expect(await named()).toEqual(['CGM-01', 'CGM-02']);
  });

  test('also where it is over for a while: the low was told by it, and the next very low one pages', async () => {
    await fire('CGM-02', { severity: 'warning' });
    await fire('CGM-01');
    await recover('CGM-01');
    expect(kinds()).toEqual(['opened']);
    const [alert] = await scene.alerts();
    expect(alert).toMatchObject({ state: 'open', signal: 'firing', severity: 'warning' });
    await fire('CGM-01');
    expect(kinds()).toEqual(['opened', 'changed']);
    expect(await named()).toEqual(['CGM-01', 'CGM-01']);
  });
});
