// An urgent alert that somebody has put off for some seconds, and what has to become of it, whatever is killed meanwhile.
import { expect } from 'vitest';
import { type Clinic, createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import type { WebhookReceiver } from '../system/webhook-receiver.ts';
import { lowFingerstick, payloadOf, type ReadingLedger } from './reading-ledger.ts';

export interface FaultScene {
  readonly system: RunningSystem;
  readonly webhook: WebhookReceiver;
  readonly clinic: Clinic;
  readonly ledger: ReadingLedger;
}

export interface SnoozedAlert {
  readonly alertId: string;
  /** Epoch ms. */
  readonly until: number;
}

/** A low that has paged; `snooze` puts it off from the moment it is called. */
export async function openAlert({ system, webhook, clinic, ledger }: FaultScene, name: string) {
  const patientId = await createPatient(system.api, clinic.teamId, { name });
  const access = await createDevice(system.api, 'glucometer', patientId);
  const device = await connectDevice(system.mqttPort, access);
  ledger.watch(device.client);
  const low = lowFingerstick();
  await device.publishBytes(`v1/devices/${access.deviceId}/readings`, payloadOf([low]));
  ledger.acknowledge(access, [low]);
  await device.close();
  const { alertId } = await until('the low is an alert', 20_000, async () => {
    const { items } = await system.api.get<{ items: { alertId: string }[] }>(`/alerts?patientId=${patientId}`);
    return items[0];
  });
  await until('it has paged', 20_000, () => pagesOf(webhook, alertId).length === 1);
  return {
    patientId,
    async snooze(forMs: number): Promise<SnoozedAlert> {
      const until = Date.now() + forMs;
      await system.api.post(`/alerts/${alertId}/snooze`, { until, reason: 'she is eating, ask again soon' });
      return { alertId, until };
    },
  };
}

/** Still put off by the crash, with the timer that ends it, and nobody has heard more; or its time has come. */
export async function expectSnoozeToStand(
  { system, webhook }: FaultScene,
  { alertId, until: snoozedUntil }: SnoozedAlert,
): Promise<void> {
  const isOver = () => Date.now() >= snoozedUntil;
  const database = await openDatabase(system);
  try {
    const read = async () => {
      const { rows } = await database.query(
        'select state, severity, signal, snoozed_until::float8, due_at::float8 from alerts where alert_id = $1',
        [alertId],
      );
      return rows[0];
    };
    const found = await read();
    const standing = { state: 'snoozed', severity: 'critical', signal: 'firing', snoozed_until: snoozedUntil };
    if (!isOver()) expect(found).toMatchObject(standing);
    // A command is due at once, for alerting to set the timer.
    await until('its timer stands', 20_000, async () => (await read()).due_at === snoozedUntil || isOver());
    const pages = pagesOf(webhook, alertId).map(({ body }) => body.kind);
    if (!isOver()) expect(pages).toEqual(['opened']);
  } finally {
    await database.end();
  }
}

/** As above; then paged anew, once, and not before. */
export async function expectSnoozeToEnd(scene: FaultScene, snoozed: SnoozedAlert): Promise<void> {
  const { system, webhook } = scene;
  const { alertId, until: snoozedUntil } = snoozed;
  console.log(`after the crash the snooze had ${snoozedUntil - Date.now()} ms to go`);
  await expectSnoozeToStand(scene, snoozed);
  await until(
    'it pages anew',
    Math.max(0, snoozedUntil - Date.now()) + 20_000,
    () => pagesOf(webhook, alertId).length > 1,
  );
  const [opened, reminder, ...more] = pagesOf(webhook, alertId);
  expect([opened?.body.kind, reminder?.body.kind, more]).toEqual(['opened', 'reminder', []]);
  expect(reminder?.body.severity).toBe('critical');
  expect(reminder?.receivedAt).toBeGreaterThanOrEqual(snoozedUntil);
  const { state, timeline } = await system.api.get<{ state: string; timeline: { event: string }[] }>(
    `/alerts/${alertId}`,
  );
  expect(state).toBe('open');
  const events = timeline.map(({ event }) => event).filter((event) => event.startsWith('snooze'));
  expect(events).toEqual(['snoozed', 'snooze_ended']);
}

/** What a receiver that honours idempotency keys has heard of it, oldest first. */
export function pagesOf(webhook: WebhookReceiver, alertId: string) {
  return webhook.distinct().filter(({ body }) => body.alertId === alertId);
}
