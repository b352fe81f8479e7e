// From a signal to the team's webhook, over the real database and the real queue.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.destroy());

const pages = (kind?: string) => scene.webhook.received.filter(({ body }) => !kind || body.kind === kind);
const pageNumber = (n: number) => until(`page ${n} arrives`, 8_000, () => pages().length >= n);

describe('an urgent low', () => {
  test('is one alert and exactly one page, signed and with its key', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01', { evidence: [{ deviceKey: 1, kind: 'cgm', measuredAt: 5 }] });
    await pageNumber(1);
    await scene.settled();
    const [alert] = await scene.alerts();
    expect(alert).toMatchObject({
      state: 'open',
      signal: 'firing',
      severity: 'critical',
      condition: 'glucose',
      direction: 'low',
    });
    expect(alert?.reasons).toMatchObject([{ ruleId: 'CGM-01', firing: true }]);
    expect(pages()).toHaveLength(1);
    const [page] = pages();
    expect(page?.signatureValid).toBe(true);
    expect(page?.idempotencyKey).toBe(page?.body.notificationId);
    expect(page?.body).toMatchObject({
      alertId: alert?.alertId,
      kind: 'opened',
      severity: 'critical',
      direction: 'low',
    });
    expect(page?.body.link).toBe(`http://clinic.example/#/alerts/${alert?.alertId}`);
    const detail = await scene.detail(alert?.alertId ?? '');
    expect(detail.evidence).toEqual([{ deviceKey: 1, kind: 'cgm', measuredAt: 5 }]);
    expect(detail.timeline.map(({ event }) => event)).toEqual([
      'opened',
      'reason_joined',
      // The patient and carers have no contact.
      'step_skipped',
      'notification_planned',
      'notification_delivered',
    ]);
  });

  test('is one page, whatever else fires with it and however often the nudge comes', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await scene.fire('CGM-02', { severity: 'critical' });
    await scene.fire('SMBG-01');
    await until('all reasons are in', 5_000, async () => (await scene.alerts())[0]?.reasons.length === 3);
    await scene.settled();
    expect(await scene.alerts()).toHaveLength(1);
    expect(pages()).toHaveLength(1);
  });

  test('pages again when what began as a warning becomes critical', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-02', { severity: 'warning' });
    await until('it waits for its group', 5_000, async () => (await scene.alerts())[0]);
    expect(pages()).toHaveLength(0);
    scene.pass(31_000);
    await pageNumber(1);
    await scene.fire('CGM-01');
    await pageNumber(2);
    expect(pages().map(({ body }) => [body.kind, body.severity])).toEqual([
      ['opened', 'warning'],
      ['changed', 'critical'],
    ]);
  });

  test('is told again every 15 minutes until somebody owns it, and not after', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await pageNumber(1);
    scene.pass(14 * MINUTE_MS);
    await scene.settled();
    expect(pages()).toHaveLength(1);
    scene.pass(MINUTE_MS);
    await pageNumber(2);
    scene.pass(15 * MINUTE_MS);
    await pageNumber(3);
    expect(pages().map(({ body }) => body.kind)).toEqual(['opened', 'reminder', 'reminder']);
    const [alert] = await scene.alerts();
    await scene.commands.acknowledge(alert?.alertId ?? '', scene.userId, 'I am calling her');
    scene.pass(60 * MINUTE_MS);
    await scene.settled();
    expect(pages()).toHaveLength(3);
    const detail = await scene.detail(alert?.alertId ?? '');
    expect(detail.state).toBe('acknowledged');
    expect(detail.timeline.find(({ event }) => event === 'acknowledged')).toMatchObject({
      userId: scene.userId,
      note: 'I am calling her',
    });
  });

  test('that recovers stops paging, stays for review and tells those who follow it', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await pageNumber(1);
    await scene.recover('CGM-01');
    await pageNumber(2);
    expect(pages()[1]?.body.kind).toBe('cleared');
    expect((await scene.alerts())[0]).toMatchObject({ state: 'open', signal: 'cleared' });
    scene.pass(60 * MINUTE_MS);
    await scene.settled();
    expect(pages()).toHaveLength(2);
    scene.pass(7 * 24 * 60 * MINUTE_MS);
    await until('nobody reviewed it', 6_000, async () => (await scene.alerts())[0]?.state === 'expired');
    await pageNumber(3);
    expect(pages()[2]?.body.kind).toBe('closed');
  });

  test('that fires again before it is closed is the same alert, told anew at once', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await pageNumber(1);
    const [first] = await scene.alerts();
    await scene.commands.acknowledge(first?.alertId ?? '', scene.userId);
    await scene.recover('CGM-01');
    await pageNumber(2);
    await scene.fire('CGM-01');
    await pageNumber(3);
    expect(pages().map(({ body }) => body.kind)).toEqual(['opened', 'cleared', 'changed']);
    const alerts = await scene.alerts();
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ alertId: first?.alertId, state: 'open', signal: 'firing' });
    expect(alerts[0]?.acknowledgedBy).toBeUndefined();
  });

  test('that fires after it was closed is a new alert that names the first', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await pageNumber(1);
    const [first] = await scene.alerts();
    await scene.commands.resolve(first?.alertId ?? '', scene.userId, 'called');
    await pageNumber(2);
    await scene.recover('CGM-01');
    await scene.fire('CGM-01');
    await pageNumber(3);
    const [second] = await scene.alerts(['open']);
    expect(second).toMatchObject({ previousAlertId: first?.alertId });
    expect(pages().map(({ body }) => body.kind)).toEqual(['opened', 'closed', 'opened']);
  });

  test('that a person closed while it ran is told once more, by the first fresh reading that still shows it', async () => {
    await scene.startAlerting();
    const episodeId = await scene.fire('CGM-01');
    await pageNumber(1);
    const [first] = await scene.alerts();
    await scene.commands.resolve(first?.alertId ?? '', scene.userId, 'called');
    await pageNumber(2);
    // What was measured before is no news.
    await scene.fire('CGM-01', { episodeId, freshAt: scene.now() - MINUTE_MS });
    scene.pass(30 * MINUTE_MS);
    await scene.settled();
    expect(await scene.alerts(['open'])).toHaveLength(0);
    await scene.fire('CGM-01', { episodeId, freshAt: scene.now() });
    await pageNumber(3);
    const [second] = await scene.alerts(['open']);
    expect(second).toMatchObject({ previousAlertId: first?.alertId, severity: 'critical' });
    const { timeline } = await scene.detail(second?.alertId ?? '');
    expect(timeline[0]).toMatchObject({ event: 'opened', reason: 'goes_on_after_closing' });
    // It goes on, a reading every five minutes: told again as its rule says, not with each.
    for (let n = 0; n < 2; n += 1) {
      scene.pass(5 * MINUTE_MS);
      await scene.fire('CGM-01', { episodeId, freshAt: scene.now() });
      await scene.settled();
    }
    expect(pages()).toHaveLength(3);
    scene.pass(5 * MINUTE_MS);
    await pageNumber(4);
    expect(pages().map(({ body }) => body.kind)).toEqual(['opened', 'closed', 'opened', 'reminder']);
  });

  test('that was taken over and is over is told anew when the next one fires while a lesser one goes on, each time', async () => {
    await scene.startAlerting();
    await scene.fire('SMBG-01');
    await pageNumber(1);
    await scene.fire('CGM-02', { severity: 'warning' });
    const [alert] = await scene.alerts();
    for (const [page, ruleId] of [
      [2, 'CGM-01'],
      [3, 'SMBG-01'],
    ] as const) {
      await scene.settled();
      await scene.commands.acknowledge(alert?.alertId ?? '', scene.userId);
      await scene.recover(page === 2 ? 'SMBG-01' : 'CGM-01');
      await scene.settled();
      await scene.fire(ruleId);
      await pageNumber(page);
    }
    await scene.settled();
    expect(await scene.alerts()).toMatchObject([{ state: 'open', severity: 'critical' }]);
    expect(pages().map(({ body }) => [body.kind, body.severity])).toEqual([
      ['opened', 'critical'],
      ['changed', 'critical'],
      ['changed', 'critical'],
    ]);
  });

  test('whose recovery was voided after the alert was closed is told: a person closed what was over', async () => {
    await scene.startAlerting();
    const episodeId = await scene.fire('CGM-01');
    await pageNumber(1);
    await scene.recover('CGM-01');
    await pageNumber(2);
    const [first] = await scene.alerts();
    await scene.commands.resolve(first?.alertId ?? '', scene.userId, 'called');
    await pageNumber(3);
    await scene.fire('CGM-01', { episodeId });
    await pageNumber(4);
    expect(await scene.alerts(['open'])).toMatchObject([{ previousAlertId: first?.alertId }]);
    expect(pages().map(({ body }) => body.kind)).toEqual(['opened', 'cleared', 'closed', 'opened']);
  });

  test('that a person closed while it fired stays closed until it gets worse', async () => {
    await scene.startAlerting();
    const episodeId = await scene.fire('CGM-02', { severity: 'warning' });
    const [first] = await until('it is open', 5_000, async () => (await scene.alerts()).length > 0 && scene.alerts());
    await scene.commands.resolve(first?.alertId ?? '', scene.userId, 'called');
    await scene.fire('CGM-02', { severity: 'warning', episodeId });
    await scene.settled();
    expect(await scene.alerts(['open'])).toHaveLength(0);
    await scene.fire('CGM-02', { severity: 'critical', episodeId });
    await until('it is a new alert', 5_000, async () => (await scene.alerts(['open'])).length === 1);
  });
});

describe('late news', () => {
  test('what was over before it was known is listed and never sent', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01', { fate: 'retrospective', over: true, reason: 'over_before_known' });
    const [alert] = await until('it is listed', 5_000, async () => (await scene.alerts()).length > 0 && scene.alerts());
    expect(alert).toMatchObject({ state: 'retrospective', signal: 'cleared' });
    scene.pass(24 * 60 * MINUTE_MS);
    await scene.settled();
    expect(await scene.notifications()).toEqual([]);
    expect(pages()).toHaveLength(0);
  });

  test('a low that came and went while alerting was away is listed and never sent', async () => {
    await scene.fire('CGM-01');
    await scene.recover('CGM-01');
    await scene.startAlerting();
    const [alert] = await until('it is listed', 5_000, async () => (await scene.alerts()).length > 0 && scene.alerts());
    expect(alert?.state).toBe('retrospective');
    await scene.settled();
    expect(pages()).toHaveLength(0);
  });

  test('a late low is a warning of the same day, and pages once a fresh reading still shows it', async () => {
    await scene.startAlerting();
    const episodeId = await scene.fire('CGM-01', { fate: 'late', severity: 'warning', reason: 'late_low' });
    await until('it is open', 5_000, async () => (await scene.alerts())[0]);
    scene.pass(31_000);
    await pageNumber(1);
    await scene.fire('CGM-01', { fate: 'live', severity: 'critical', episodeId });
    await pageNumber(2);
    expect(pages().map(({ body }) => [body.kind, body.severity])).toEqual([
      ['opened', 'warning'],
      ['changed', 'critical'],
    ]);
  });

  test('an episode that turns out never to have been clears its alert, and its listing goes', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await pageNumber(1);
    await scene.withdraw('CGM-01');
    await pageNumber(2);
    const [alert] = await scene.alerts();
    expect(alert).toMatchObject({ state: 'open', signal: 'cleared' });
    const detail = await scene.detail(alert?.alertId ?? '');
    expect(detail.timeline.find(({ event }) => event === 'reason_cleared')?.reason).toBe('withdrawn');
  });
});

describe('what is not urgent', () => {
  test('waits half a minute, is told once and resolves by itself', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-05', { severity: 'warning' });
    await until('it is open', 5_000, async () => (await scene.alerts())[0]);
    await scene.settled();
    expect(pages()).toHaveLength(0);
    scene.pass(31_000);
    await pageNumber(1);
    scene.pass(60 * MINUTE_MS);
    await scene.settled();
    expect(pages()).toHaveLength(1);
    await scene.recover('CGM-05');
    await pageNumber(2);
    expect(pages()[1]?.body.kind).toBe('closed');
    expect((await scene.alerts())[0]?.state).toBe('resolved');
  });

  test('fires again within its cooldown without a word, and is told when the cooldown is over and it still fires', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-05', { severity: 'warning' });
    await until('it is open', 5_000, async () => (await scene.alerts())[0]);
    scene.pass(31_000);
    await pageNumber(1);
    await scene.recover('CGM-05');
    await pageNumber(2);
    await scene.fire('CGM-05', { severity: 'warning' });
    await until('it is a new alert', 5_000, async () => (await scene.alerts(['open'])).length === 1);
    scene.pass(MINUTE_MS);
    await scene.settled();
    expect(pages('opened')).toHaveLength(1);
    scene.pass(4 * 60 * MINUTE_MS);
    await until('it is told', 6_000, () => pages('opened').length === 2);
  });

  test('a high never delays a low', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-05', { severity: 'warning' });
    const [high] = await until(
      'the high is open',
      5_000,
      async () => (await scene.alerts()).length > 0 && scene.alerts(),
    );
    await scene.commands.snooze(high?.alertId ?? '', scene.userId, scene.now() + 60 * MINUTE_MS, 'ate a cake');
    await scene.fire('CGM-01');
    await pageNumber(1);
    expect(pages()[0]?.body).toMatchObject({ direction: 'low', severity: 'critical' });
  });

  test('silence of a sensor is the patient’s business first and the team’s after a day', async () => {
    await scene.startAlerting();
    const episodeId = await scene.fire('DATA-01', { severity: 'info', reason: 'cgm_silent', stage: 1 });
    await until('it is open', 5_000, async () => (await scene.alerts())[0]);
    scene.pass(MINUTE_MS);
    await scene.settled();
    expect(pages()).toHaveLength(0);
    await scene.fire('DATA-01', { severity: 'warning', reason: 'cgm_silent', stage: 3, episodeId });
    await pageNumber(1);
    expect(pages()[0]?.body).toMatchObject({ condition: 'data', severity: 'warning', kind: 'opened' });
  });
});
