// The three crash points of the design, each taken exactly: the process kills itself there once, is started again, and the books balance.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { accountForReadings } from './account-for-readings.ts';

describe.each(['after-store', 'after-offset', 'after-send'])('a crash %s', (point) => {
  let system: RunningSystem;
  let webhook: WebhookReceiver;

  beforeAll(async () => {
    webhook = await startWebhookReceiver();
    // Once a start and process: the first time the point is passed while the file is there.
    system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1', PULSEWARD_FAULT_POINT: point } });
  });
  afterAll(async () => {
    await system?.destroy();
    await webhook?.close();
  });

  test('is a non-event: one reading, one alert, one page to a receiver that honours the key', async () => {
    const { teamId } = await createClinic(system.api, webhook);
    const patientId = await createPatient(system.api, teamId);
    const access = await createDevice(system.api, 'glucometer', patientId);
    const device = await connectDevice(system.mqttPort, access);
    const at = Date.now() - 1000;
    await device.publish({ kind: 'smbg', at, value: 45, unit: 'mg/dL', context: 'random' });

    await until('the process has killed itself', 20_000, () => /fault point/i.test(system.output()));
    const [notice] = await until('the page arrives all the same', 30_000, () => {
      const found = webhook.distinct();
      return found.length > 0 && found;
    });
    expect(notice?.body).toMatchObject({ kind: 'opened', severity: 'critical' });
    await until('the system is ready', 30_000, () => system.ready());
    await device.publish({ kind: 'smbg', at: at + 500, value: 44, unit: 'mg/dL', context: 'random' });
    await accountForReadings(system, new Set([`${access.deviceId} ${at}`, `${access.deviceId} ${at + 500}`]));
    const { items } = await system.api.get<{ items: unknown[] }>(`/alerts?patientId=${patientId}`);
    expect(items).toHaveLength(1);
    expect(webhook.distinct().filter((entry) => entry.body.kind === 'opened')).toHaveLength(1);
    await device.close();
  });
});
