// One notification between the decision to send it and the end of its attempts: what happens in between, step by step.
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimNotification, type Settlement, settleNotification } from '../../storage/alerts/notification-claims.ts';
import { openKysely } from '../../storage/database.ts';
import { putAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

const SILENTLY = { nudge: false } as const;
const LEASE_MS = 4_000;

let scene: Scene;
let hand: ByHand;
beforeEach(async () => {
  scene = await createScene();
  hand = await alertingByHand(scene);
});
afterEach(() => scene.destroy());

const kinds = () => hand.received.map(({ kind }) => kind);
const statuses = async () => (await scene.notifications()).map(({ kind, status }) => `${kind} ${status}`);

describe('a page whose signal has changed since it was decided', () => {
  test('goes out where its episode was joined to an older one that nobody has applied yet', async () => {
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.apply();
    await scene.join('CGM-01', SILENTLY);
    await hand.deliver();
    expect(kinds()).toEqual(['opened']);
    await hand.settle();
    expect(kinds()).toEqual(['opened']);
    expect(await scene.alerts()).toMatchObject([{ state: 'open', signal: 'firing' }]);
  });

  test('waits where its episode is over and nobody has applied that yet, and goes out if the recovery is voided', async () => {
    const episodeId = await scene.fire('CGM-02', { severity: 'warning' }, SILENTLY);
    await hand.apply();
    scene.pass(31_000);
    await hand.review();
    await scene.recover('CGM-02', SILENTLY);
    await hand.deliver();
    expect(kinds()).toEqual([]);
    expect(await statuses()).toEqual(['opened pending']);
    await scene.fire('CGM-02', { severity: 'warning', episodeId }, SILENTLY);
    await hand.settle();
    expect(kinds()).toEqual(['opened']);
  });

  test('is dropped where the recovery is applied: an alert that nobody was told of is only listed', async () => {
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.apply();
    await scene.recover('CGM-01', SILENTLY);
    await hand.deliver();
    await hand.settle();
    expect(kinds()).toEqual([]);
    expect(await scene.alerts()).toMatchObject([{ state: 'retrospective' }]);
  });
});

test('a page that arrives after what was worst is over says how bad it is now', async () => {
  hand.receiverAnswers('refused');
  await scene.fire('SMBG-01', {}, SILENTLY);
  await scene.fire('CGM-02', { severity: 'warning' }, SILENTLY);
  await hand.settle();
  await scene.recover('SMBG-01', SILENTLY);
  await hand.apply();
  hand.receiverAnswers('delivered');
  scene.pass(MINUTE_MS);
  await hand.settle();
  expect(hand.received.map(({ kind, severity }) => [kind, severity])).toEqual([['opened', 'warning']]);
});

describe('whoever has not been told yet', () => {
  test('hears of a new episode as of an alert that opens', async () => {
    hand.receiverAnswers('refused');
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.settle();
    await scene.recover('CGM-01', SILENTLY);
    await scene.fire('CGM-01', {}, SILENTLY);
    hand.receiverAnswers('delivered');
    scene.pass(MINUTE_MS);
    await hand.settle();
    expect(kinds()).toEqual(['opened']);
  });

  test('by a receiver that refused each attempt is spared the news of the end', async () => {
    hand.receiverAnswers('refused');
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.settle();
    await scene.recover('CGM-01', SILENTLY);
    hand.receiverAnswers('delivered');
    scene.pass(MINUTE_MS);
    await hand.settle();
    expect(kinds()).toEqual([]);
    expect(await scene.alerts()).toMatchObject([{ state: 'open', signal: 'cleared' }]);
  });
});

describe('good news that arrives late', () => {
  test('is not told any more once it fires again: nobody is to think that it is over', async () => {
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.settle();
    hand.receiverAnswers('refused');
    await scene.recover('CGM-01', SILENTLY);
    await hand.settle();
    hand.receiverAnswers('delivered');
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.settle();
    scene.pass(MINUTE_MS);
    await hand.settle();
    expect(kinds()).toEqual(['opened', 'changed']);
  });

  test('is not told any more once a person has closed the alert: that is told', async () => {
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.settle();
    hand.receiverAnswers('refused');
    await scene.recover('CGM-01', SILENTLY);
    await hand.settle();
    hand.receiverAnswers('delivered');
    const [alert] = await scene.alerts();
    await scene.commands.resolve(alert?.alertId ?? '', scene.userId, 'called');
    await hand.settle();
    scene.pass(MINUTE_MS);
    await hand.settle();
    expect(kinds()).toEqual(['opened', 'closed']);
  });
});

describe('whoever may have been told', () => {
  test.each(['crash', 'lost'] as const)('by an attempt that ended in a %s hears of the end', async (fate) => {
    hand.receiverAnswers(fate);
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.settle();
    hand.receiverAnswers('delivered');
    await scene.recover('CGM-01', SILENTLY);
    await hand.settle();
    scene.pass(MINUTE_MS);
    await hand.settle();
    expect(kinds()).toEqual(['opened', 'cleared']);
  });
});

describe('an attempt that was taken for dead', () => {
  test('settles nothing of the attempt that came after it', async () => {
    await scene.fire('CGM-01', {}, SILENTLY);
    await hand.apply();
    const { pool } = scene.database;
    const { rows } = await pool.query<{ id: string }>('select notification_id as id from notifications');
    const id = rows[0]?.id ?? uuidv7();
    const slow = await claimNotification(pool, id, scene.now(), LEASE_MS);
    scene.pass(LEASE_MS);
    const next = await claimNotification(pool, id, scene.now(), LEASE_MS);
    expect([slow?.attempts, next?.attempts]).toEqual([1, 2]);
    const settle = (attempts: number, settlement: Settlement) =>
      settleNotification(pool, { notificationId: id, attempts }, settlement, scene.now(), undefined);
    const failed = { status: 'failed', failure: 'http_410', perhapsArrived: false } as const;
    expect(await settle(1, failed)).toBe(false);
    expect(await statuses()).toEqual(['opened pending']);
    expect(await settle(2, { status: 'delivered' })).toBe(true);
    expect(await statuses()).toEqual(['opened delivered']);
  });
});

test('a page to a contact whose key is gone fails for good at its first attempt, and the next contact is told', async () => {
  const addresses = ['http://127.0.0.1/first', 'http://127.0.0.1/second'];
  const teamId = await scene.addTeam(addresses.map((address) => ({ channel: 'webhook', address, secret: 'of-test' })));
  const steps = [{ delayMin: 0, targets: [{ kind: 'on_call' as const }] }];
  const policy = { name: 'one after another', severities: ['critical' as const], steps };
  await putAlertingSettings(openKysely(scene.database.pool), teamId, { policies: [policy] }, scene.userId);
  await scene.database.pool.query(
    `update member_contacts c set key_id = 'gone' from members m
     where m.member_id = c.member_id and m.team_id = $1 and c.position = 0`,
    [teamId],
  );
  const patientKey = await scene.addPatient(teamId);
  await scene.fire('CGM-01', {}, { patientKey, ...SILENTLY });
  await hand.settle(patientKey);
  expect(hand.received.map(({ to }) => to)).toEqual(['http://127.0.0.1/second']);
  expect(await scene.notifications()).toMatchObject([
    { status: 'failed', last_failure: 'contact_unreadable', attempts: 1 },
    { status: 'delivered', attempts: 1 },
  ]);
});
