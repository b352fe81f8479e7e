// What people do with an alert, and what the API reads of it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listAlerts, readListedAlert } from '../../storage/alerts/list-alerts.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
let alertId: string;
const HOUR_MS = 60 * MINUTE_MS;

beforeEach(async () => {
  scene = await createScene();
  await scene.startAlerting();
  await scene.fire('CGM-01');
  await until('the page arrives', 8_000, () => scene.webhook.received.length === 1);
  await scene.settled();
  alertId = scene.webhook.received[0]?.body.alertId ?? '';
});
afterEach(() => scene.destroy());

describe('acknowledging', () => {
  test('twice, also by somebody else, is one acknowledgement with one owner', async () => {
    const first = await scene.commands.acknowledge(alertId, scene.userId);
    const second = await scene.commands.acknowledge(alertId, randomUUID());
    expect(first).toMatchObject({ state: 'acknowledged', acknowledgedBy: scene.userId });
    expect(second).toEqual(first);
    const { timeline } = await scene.detail(alertId);
    expect(timeline.filter(({ event }) => event === 'acknowledged')).toHaveLength(1);
  });

  test('what is closed is a conflict that says so, and what does not exist is not found', async () => {
    await scene.commands.resolve(alertId, scene.userId, 'called');
    await expect(scene.commands.acknowledge(alertId, scene.userId)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('resolved'),
    });
    await expect(scene.commands.acknowledge(randomUUID(), scene.userId)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is no longer enough once it gets worse', async () => {
    const patientKey = await scene.addPatient();
    await scene.fire('CGM-02', { severity: 'warning' }, { patientKey });
    const warning = await until('the warning is open', 5_000, async () =>
      (await scene.alerts(['open'])).find((alert) => alert.patientKey === patientKey),
    );
    await scene.commands.acknowledge(warning.alertId, scene.userId);
    await scene.fire('CGM-01', {}, { patientKey });
    await until('it pages', 8_000, () => scene.webhook.received.some(({ body }) => body.alertId === warning.alertId));
    expect((await scene.detail(warning.alertId)).state).toBe('open');
  });

  test('keeps the note out of the database in plain text', async () => {
    await scene.commands.acknowledge(alertId, scene.userId, 'Frau Wang is at her daughter’s');
    const { rows } = await scene.database.pool.query(
      'select t::text from alert_timeline t union all select a::text from alerts a',
    );
    expect(JSON.stringify(rows)).not.toContain('Wang');
    expect((await scene.detail(alertId)).timeline.at(-1)?.note).toBe('Frau Wang is at her daughter’s');
  });
});

describe('snoozing', () => {
  test.each([
    ['into the past', -MINUTE_MS],
    ['for longer than a critical alert may wait', 4 * HOUR_MS + MINUTE_MS],
  ])('%s is refused with the latest that is allowed', async (_case, ms) => {
    await expect(scene.commands.snooze(alertId, scene.userId, scene.now() + ms, 'later')).rejects.toMatchObject({
      code: 'invalid',
      field: 'until',
    });
  });

  test('without a reason is refused', async () => {
    await expect(scene.commands.snooze(alertId, scene.userId, scene.now() + HOUR_MS, '  ')).rejects.toMatchObject({
      code: 'invalid',
      field: 'reason',
    });
  });

  test('is quiet until its end and pages then', async () => {
    const until4 = scene.now() + 2 * HOUR_MS;
    const snoozed = await scene.commands.snooze(alertId, scene.userId, until4, 'she eats');
    expect(snoozed).toMatchObject({ state: 'snoozed', snoozedUntil: until4 });
    scene.pass(HOUR_MS);
    await scene.settled();
    expect(scene.webhook.received).toHaveLength(1);
    scene.pass(HOUR_MS);
    await until('it pages again', 8_000, () => scene.webhook.received.length === 2);
    expect((await scene.detail(alertId)).snoozedUntil).toBeUndefined();
  });

  test('something of a patient leaves everything else of the patient loud', async () => {
    await scene.commands.snooze(alertId, scene.userId, scene.now() + HOUR_MS, 'she eats');
    await scene.fire('BP-01');
    await until('the pressure pages', 8_000, () => scene.webhook.received.length === 2);
    expect(scene.webhook.received[1]?.body.condition).toBe('blood_pressure');
  });
});

describe('resolving', () => {
  test('needs an outcome that exists', async () => {
    await expect(scene.commands.resolve(alertId, scene.userId, 'whatever' as 'called')).rejects.toMatchObject({
      code: 'invalid',
      field: 'outcome',
    });
  });

  test('the same way twice is one resolution', async () => {
    const first = await scene.commands.resolve(alertId, scene.userId, 'drug_changed', 'less glimepiride');
    const second = await scene.commands.resolve(alertId, scene.userId, 'drug_changed');
    expect(first).toMatchObject({ state: 'resolved', outcome: 'drug_changed' });
    expect(second).toEqual(first);
    await scene.settled();
    const { timeline } = await scene.detail(alertId);
    expect(timeline.filter(({ event }) => event === 'resolved')).toHaveLength(1);
  });
});

describe('reading', () => {
  test('pages through all alerts, newest first, each once', async () => {
    for (let n = 0; n < 5; n += 1) {
      scene.pass(1_000);
      await scene.fire('CGM-01', {}, { patientKey: await scene.addPatient() });
      await scene.settled();
    }
    const { pool } = scene.database;
    const all = await listAlerts(pool, { limit: 100 });
    expect(all).toHaveLength(6);
    expect(all.map(({ openedAt }) => openedAt)).toEqual(all.map(({ openedAt }) => openedAt).toSorted((a, b) => b - a));
    const paged = [];
    for (let after: (typeof all)[number] | undefined; ; ) {
      const page = await listAlerts(pool, { limit: 4, after });
      paged.push(...page);
      after = page.at(-1);
      if (page.length < 4) break;
    }
    expect(paged).toEqual(all);
  });

  test('shows a team’s alerts to those who may see the team, and to nobody else', async () => {
    const { pool } = scene.database;
    const [mine] = await listAlerts(pool, { limit: 10, teams: [scene.teamId] });
    expect(mine?.alertId).toBe(alertId);
    expect(await listAlerts(pool, { limit: 10, teams: [randomUUID()] })).toEqual([]);
    expect(await listAlerts(pool, { limit: 10, teams: [] })).toEqual([]);
    expect(await readListedAlert(pool, alertId, [randomUUID()])).toBeUndefined();
    expect(await readListedAlert(pool, alertId, [scene.teamId])).toEqual(mine);
  });

  test('filters by state, patient and team', async () => {
    const { pool } = scene.database;
    const [alert] = await scene.alerts();
    const count = async (filter: Parameters<typeof listAlerts>[1]) => (await listAlerts(pool, filter)).length;
    expect(await count({ limit: 10, states: ['open', 'acknowledged'] })).toBe(1);
    expect(await count({ limit: 10, states: ['resolved'] })).toBe(0);
    expect(await count({ limit: 10, patientId: alert?.patientId })).toBe(1);
    expect(await count({ limit: 10, patientId: randomUUID() })).toBe(0);
    expect(await count({ limit: 10, teamId: scene.teamId })).toBe(1);
    expect(await count({ limit: 10, teamId: randomUUID() })).toBe(0);
  });
});
