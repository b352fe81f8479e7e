import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import type { ClaimedAlert, ClaimedNotification } from '../../storage/alerts/notification-claims.ts';
import { createVault, type Vault } from '../../storage/registry/vault.ts';
import { createAlertingCounters } from '../alerting-counters.ts';
import type { Channel, ChannelAnswer, Notification } from '../channels/channel.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';
import { openCode } from './open-code.ts';
import { sendNotification } from './send-notification.ts';

const CONTACT = 'nurse-phone';
const vaultOf = (keyId: string) => createVault([{ keyId, bytes: Buffer.alloc(32, keyId) }]);
const VAULT = vaultOf('present');
const sealedBy = (vault: Vault, place: string) => vault.seal('https://clinic.example/', place);

const ALERT: ClaimedAlert = {
  alertId: 'a',
  patientKey: 1,
  condition: 'glucose',
  direction: 'low',
  openedAt: 0,
  state: 'open',
  occurrence: 1,
  severity: 'critical',
  isTest: false,
  stillFires: true,
  hasUnapplied: false,
};

function claimed(by: Vault, subject?: ClaimedNotification['subject']): Delivery {
  const { bytes: sealedAddress, keyId } = sealedBy(by, `member-contact/${CONTACT}/address`);
  const whom = { contactId: CONTACT, channel: 'webhook', audience: 'team', sealedAddress, keyId } as const;
  const what = { notificationId: 'n', kind: 'opened', severity: 'critical', occurrence: 1, reason: 'first' } as const;
  return { notification: { ...what, ...whom, subject, attempts: 1, createdAt: 0, isDebug: false } };
}

function contextOf(send: (message: Notification) => Promise<ChannelAnswer> = async () => ({ fate: 'delivered' })) {
  const lines: string[] = [];
  const channel: Channel = { name: 'webhook', follows: true, saysWho: true, send };
  const context: DeliveryContext = {
    // Of the team's own messages nothing is asked of the database.
    pool: new Pool({ host: 'nowhere.invalid' }),
    vault: VAULT,
    labelPatient: async () => undefined,
    channels: new Map([[channel.name, channel]]),
    publicUrl: 'http://clinic.example',
    counters: createAlertingCounters(createCounters({ part: 'test' })),
    log: createLog({ part: 'test', write: (line) => void lines.push(line) }),
    now: () => 0,
    random: () => 0.5,
    afterSend: () => undefined,
  };
  return { context, lines };
}

test('what its channel takes is delivered', async () => {
  const { context, lines } = contextOf();
  expect(await sendNotification(claimed(VAULT), context)).toMatchObject({ answer: { fate: 'delivered' } });
  expect(lines).toEqual([]);
});

test('a message says of itself whether it is for whoever took the alert over', async () => {
  const sent: Notification[] = [];
  const { context } = contextOf(async (message) => {
    sent.push(message);
    return { fate: 'delivered' };
  });
  const { notification } = claimed(VAULT);
  const owned = { ...notification, alert: ALERT, kind: 'reminder' } as const;
  await sendNotification({ notification: { ...owned, reason: 'no_outcome_yet' } }, context);
  await sendNotification({ notification: { ...owned, reason: 'repeat_interval_elapsed' } }, context);
  expect(sent.map(({ isForOwner }) => isForOwner)).toEqual([true, false]);
});

describe('what was sealed with a key that is gone', () => {
  const GONE = vaultOf('gone');

  test('is a contact that fails for good, so that the next one is told', async () => {
    const { settlement, answer } = await sendNotification(claimed(GONE), contextOf().context);
    expect(answer).toBeUndefined();
    expect(settlement).toEqual({ status: 'failed', failure: 'contact_unreadable', perhapsArrived: false });
  });

  test('is a code that is not sent any more', async () => {
    const { bytes, keyId } = sealedBy(GONE, `contact-code/${CONTACT}`);
    const verification = { contactId: CONTACT, sealedCode: bytes.toString('base64'), keyId, expiresAt: 1 };
    const { settlement, code } = await openCode(claimed(VAULT, { verification }), contextOf().context);
    expect(code).toBeUndefined();
    expect(settlement).toEqual({ status: 'failed', failure: 'code_unreadable', perhapsArrived: false });
  });
});

test('a fault of our own is an attempt that failed: it is tried again later and later, and others are told', async () => {
  const { context, lines } = contextOf(() => Promise.reject(new Error('a bug')));
  const { settlement, answer } = await sendNotification(claimed(VAULT), context);
  expect(settlement).toBeUndefined();
  // How far it came nobody knows.
  expect(answer).toEqual({ fate: 'failed_recoverable', reason: 'internal_error', perhapsArrived: true });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'error', err: { message: 'a bug' } }]);
});

test('a fault before anything was sent leaves nobody who may have heard', async () => {
  const { context } = contextOf();
  const labelPatient = () => Promise.reject(new Error('a bug'));
  const { notification } = claimed(VAULT);
  const delivery = { notification: { ...notification, alert: ALERT } };
  const { answer } = await sendNotification(delivery, { ...context, labelPatient });
  expect(answer).toEqual({ fate: 'failed_recoverable', reason: 'internal_error', perhapsArrived: false });
});

test('an outage of the database is nobody’s fault: the attempt breaks off, and is due again in seconds', async () => {
  const { context } = contextOf();
  const outage = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const { notification } = claimed(VAULT);
  const delivery = { notification: { ...notification, alert: ALERT } };
  const labelPatient = () => Promise.reject(outage);
  await expect(sendNotification(delivery, { ...context, labelPatient })).rejects.toBe(outage);
});
