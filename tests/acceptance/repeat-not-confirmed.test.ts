// A crisis that its repeat does not confirm: the patient is asked to measure again, nobody of the team is paged, and a doctor finds the note.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';

const MINUTE_MS = 60_000;

interface Listed {
  readonly alertId: string;
  readonly severity: string;
  readonly state: string;
  readonly signal: string;
  readonly reasons: readonly { readonly ruleId: string; readonly explanation: { readonly reason: string } }[];
}

let system: RunningSystem;
let team: WebhookReceiver;
let phone: WebhookReceiver;
let clinic: Clinic;

beforeAll(async () => {
  team = await startWebhookReceiver();
  phone = await startWebhookReceiver();
  system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  clinic = await createClinic(system.api, team);
});
afterAll(async () => {
  await system?.destroy();
  await team?.close();
  await phone?.close();
});

/** Answers what a doctor finds of the patient. */
async function measureTwice(first: readonly [number, number], second: readonly [number, number]): Promise<Listed> {
  const patientId = await createPatient(system.api, clinic.teamId, { conditions: ['hypertension'] });
  const self = { relation: 'self', channel: 'webhook', address: phone.url, secret: phone.secret, consent: true };
  await system.api.put(`/patients/${patientId}/contacts`, { contacts: [self] });
  const monitor = await connectDevice(system.mqttPort, await createDevice(system.api, 'bp_monitor', patientId));
  const asked = phone.received.length;
  const publish = ([systolic, diastolic]: readonly [number, number], at: number) =>
    monitor.publish({ kind: 'bp', at, systolic, diastolic, pulse: 72, unit: 'mmHg' });
  await publish(first, Date.now() - 6 * MINUTE_MS);
  const request = await until('the patient is asked to measure again', 30_000, () => phone.received[asked]);
  expect(request.body.kind).toBe('repeat_request');
  expect(request.signatureValid).toBe(true);
  expect(request.body.alertId).toBeUndefined();
  await publish(second, Date.now() - MINUTE_MS);
  const note = await until('the note is listed', 30_000, async () => {
    const { items } = await system.api.get<{ items: Listed[] }>(`/alerts?patientId=${patientId}`);
    return items[0];
  });
  await monitor.close();
  return note;
}

test('a calm repeat leaves an info that is only listed, and nobody is paged', async () => {
  const note = await measureTwice([184, 90], [130, 80]);
  expect(note).toMatchObject({
    severity: 'info',
    state: 'retrospective',
    reasons: [{ ruleId: 'BP-01', explanation: { reason: 'unconfirmed' } }],
  });
  const { timeline } = await system.api.get<{ timeline: object[] }>(`/alerts/${note.alertId}`);
  expect(timeline).toMatchObject([{ event: 'listed', reason: 'unconfirmed' }]);
  expect(team.received).toHaveLength(0);
});

test('a mean at 160 leaves a warning of the same day, which is not a page', async () => {
  const note = await measureTwice([184, 96], [140, 90]);
  expect(note).toMatchObject({
    severity: 'warning',
    state: 'open',
    signal: 'firing',
    reasons: [{ ruleId: 'BP-01', explanation: { reason: 'unconfirmed' } }],
  });
  // It waits for company first.
  expect(team.received).toHaveLength(0);
});
