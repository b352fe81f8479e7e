// Who gets it: the team responsible now, by every contact; who can't be reached is said and counted, and never an error.
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
const receivers: WebhookReceiver[] = [];
const startReceiver = async () => {
  const receiver = await startWebhookReceiver('another-secret');
  receivers.push(receiver);
  return receiver;
};
const contactOf = ({ url, secret }: WebhookReceiver) => ({ channel: 'webhook', address: url, secret });
const firstAlert = () =>
  until('it is open', 5_000, async () => {
    const [alert] = await scene.alerts();
    return alert && scene.detail(alert.alertId);
  });

afterEach(async () => {
  await scene.destroy();
  for (const receiver of receivers.splice(0)) await receiver.close();
});

describe('a team that can be reached', () => {
  beforeEach(async () => {
    scene = await createScene();
  });

  test('gets it by every contact of every member, each with a key of its own', async () => {
    const [one, two] = [await startReceiver(), await startReceiver()];
    const teamId = await scene.addTeam([contactOf(one), contactOf(two)]);
    const patientKey = await scene.addPatient(teamId);
    await scene.startAlerting();
    await scene.fire('CGM-01', {}, { patientKey });
    await until('both have it', 8_000, () => one.received.length === 1 && two.received.length === 1);
    expect(one.received[0]?.idempotencyKey).not.toBe(two.received[0]?.idempotencyKey);
    expect(scene.webhook.received).toHaveLength(0);
  });

  test('sees it in the app as soon as it is there, and open pages are told to look', async () => {
    const heard: string[] = [];
    const listener = new pg.Client(scene.database.url);
    await listener.connect();
    listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await listener.query('listen live');
    await scene.database.pool.query('update members set user_id = $1', [scene.userId]);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('both are delivered', 8_000, async () => {
      const sent = await scene.notifications();
      return sent.length === 2 && sent.every(({ status }) => status === 'delivered');
    });
    expect((await scene.notifications()).map(({ channel }) => channel).toSorted()).toEqual(['in_app', 'webhook']);
    const alert = await firstAlert();
    await until('pages are told', 3_000, () => heard.includes(`alert ${alert.alertId}`));
    await listener.end();
  });

  test('hears of an open alert when its patient comes to it, and the team before hears no more', async () => {
    const receiver = await startReceiver();
    const teamId = await scene.addTeam([contactOf(receiver)]);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until('the first team has it', 8_000, () => scene.webhook.received.length === 1);
    await scene.database.pool.query('update responsibilities set to_at = now()');
    await scene.database.pool.query(
      'insert into responsibilities (patient_key, team_id, from_at) values ($1, $2, now())',
      [scene.patientKey, teamId],
    );
    await until('the second team has it', 8_000, () => receiver.received.length === 1);
    expect(receiver.received[0]?.body.kind).toBe('opened');
    const alert = await firstAlert();
    expect(alert.teamId).toBe(teamId);
    expect(alert.timeline.map(({ event }) => event)).toContain('moved_to_team');
    scene.pass(15 * MINUTE_MS);
    await until('it is reminded', 8_000, () => receiver.received.length === 2);
    expect(scene.webhook.received).toHaveLength(1);
  });

  test('is spared a contact that was removed, left or not verified, and the timeline says why', async () => {
    const receiver = await startReceiver();
    const teamId = await scene.addTeam([contactOf(receiver)]);
    const patientKey = await scene.addPatient(teamId);
    await scene.database.pool.query('update member_contacts set verified_at = null where channel = $1', ['webhook']);
    await scene.startAlerting();
    await scene.fire('CGM-01', {}, { patientKey });
    const alert = await firstAlert();
    await scene.settled();
    expect(receiver.received).toHaveLength(0);
    expect(alert.timeline.filter(({ event }) => event === 'contact_skipped').map(({ reason }) => reason)).toEqual([
      'unverified_contact',
      'no_reachable_contact',
    ]);
  });

  test('is not written to at a contact that was removed after the decision', async () => {
    scene.webhook.answerWith(503);
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await until(
      'an attempt has failed',
      8_000,
      async () => (await scene.notifications())[0]?.last_failure === 'http_503',
    );
    await scene.database.pool.query('update member_contacts set removed_at = now()');
    await until('it is given up', 12_000, async () => (await scene.notifications())[0]?.status === 'skipped');
    expect((await scene.notifications())[0]?.last_failure).toBe('contact_removed');
  });

  test('hears nothing of a patient who was erased', async () => {
    await scene.database.pool.query('update patients set erased_at = now()');
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await scene.settled();
    expect(await scene.alerts()).toHaveLength(0);
    const { rows } = await scene.database.pool.query('select version = applied as settled from signals');
    expect(rows).toEqual([{ settled: true }]);
  });
});

describe('a team without a contact', () => {
  beforeEach(async () => {
    scene = await createScene({ member: false });
  });

  test('has the alert open in the app with the reason on the timeline, and hears as soon as somebody can be reached', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    const alert = await firstAlert();
    expect(alert).toMatchObject({ state: 'open', severity: 'critical' });
    expect(alert.timeline.find(({ event }) => event === 'contact_skipped')?.reason).toBe('no_reachable_contact');
    const receiver = await startReceiver();
    const withContact = await scene.addTeam([contactOf(receiver)]);
    await scene.database.pool.query('update members set team_id = $1 where team_id = $2', [scene.teamId, withContact]);
    scene.pass(15 * MINUTE_MS);
    await until('it is told', 8_000, () => receiver.received.length === 1);
    expect(receiver.received[0]?.body.kind).toBe('opened');
  });

  test('still has to review what was urgent', async () => {
    await scene.startAlerting();
    await scene.fire('CGM-01');
    await firstAlert();
    await scene.recover('CGM-01');
    await scene.settled();
    expect(await firstAlert()).toMatchObject({ state: 'open', signal: 'cleared' });
  });

  test('a patient for whom nobody is responsible still gets an alert', async () => {
    await scene.database.pool.query('delete from responsibilities');
    await scene.startAlerting();
    await scene.fire('CGM-01');
    const alert = await firstAlert();
    expect(alert.teamId).toBeUndefined();
    expect(alert.timeline.find(({ event }) => event === 'contact_skipped')?.reason).toBe('no_responsible_team');
  });
});

describe('a pressure that awaits its repeat', () => {
  beforeEach(async () => {
    scene = await createScene();
    const { rows } = await scene.database.pool.query<{ device_key: number }>(
      `insert into devices (device_id, kind) values (gen_random_uuid(), 'bp_monitor'), (gen_random_uuid(), 'cgm') returning device_key`,
    );
    for (const { device_key: deviceKey } of rows)
      await scene.database.pool.query(
        `insert into device_bindings (binding_id, device_key, patient_key, slot, from_at) values (gen_random_uuid(), $1, $2, 'A', to_timestamp(0))`,
        [deviceKey, scene.patientKey],
      );
  });

  test('asks the patient’s monitor to measure again in five minutes, once, and pages nobody', async () => {
    const downlinks: string[] = [];
    const listener = new pg.Client(scene.database.url);
    await listener.connect();
    listener.on('notification', ({ payload }) => downlinks.push(payload ?? ''));
    await listener.query('listen downlinks');
    await scene.startAlerting();
    const deadlineAt = scene.now() + 15 * MINUTE_MS;
    await scene.say('BP-01', 'pending', { reason: 'awaiting_repeat', deadlineAt });
    await scene.say('BP-01', 'pending', { reason: 'awaiting_repeat', deadlineAt });
    await scene.settled();
    const { rows } = await scene.database.pool.query<{ device_key: number; request: unknown; expires_at: Date }>(
      'select device_key, request, expires_at from device_requests',
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.request).toMatchObject({
      request: 'measure',
      kinds: ['bp'],
      at: new Date(deadlineAt - 10 * MINUTE_MS).toISOString(),
      slot: 'A',
    });
    expect(rows[0]?.expires_at.getTime()).toBe(deadlineAt);
    expect(downlinks).toEqual([`requests ${rows[0]?.device_key}`]);
    expect(await scene.alerts()).toHaveLength(0);
    expect(scene.webhook.received).toHaveLength(0);
    await listener.end();
  });

  test('and is not confirmed leaves a note that nobody is paged for', async () => {
    await scene.startAlerting();
    await scene.say('BP-01', 'pending', { reason: 'awaiting_repeat', deadlineAt: scene.now() + 15 * MINUTE_MS });
    await scene.fire('BP-01', { severity: 'info', over: true, reason: 'unconfirmed' });
    const alert = await firstAlert();
    expect(alert).toMatchObject({
      state: 'retrospective',
      severity: 'info',
      condition: 'blood_pressure',
      direction: 'high',
    });
    expect(alert.timeline).toMatchObject([{ event: 'listed', reason: 'unconfirmed' }]);
    await scene.settled();
    expect(scene.webhook.received).toHaveLength(0);
  });
});
