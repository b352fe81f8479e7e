// From a client nobody here wrote to the team's webhook: the way that everything else rests on, in both deployments.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layOutCluster } from '../../storage/embedded-postgres/cluster-layout.ts';
import { requireEngine } from '../production-engine.ts';
import { type Clinic, createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { DEPLOYMENTS, type Engines } from '../system/deployment.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';

const run = promisify(execFile);
const MINUTE_MS = 60_000;
const hasMosquitto = spawnSync('mosquitto_pub', ['--help']).error === undefined;
if (!hasMosquitto && process.env.REQUIRE_MOSQUITTO !== '1')
  console.warn('MOSQUITTO_PUB IS NOT INSTALLED: ITS ACCEPTANCE TEST IS SKIPPED');

interface AlertOnTheApi {
  readonly alertId: string;
  readonly severity: string;
  readonly state: string;
  readonly evidence: readonly { readonly value: number; readonly at: string }[];
}

describe.each(DEPLOYMENTS)('in the $name deployment', (deployment) => {
  let system: RunningSystem;
  let webhook: WebhookReceiver;
  let clinic: Clinic;
  let engines: Engines;

  requireEngine(deployment.missing);
  beforeAll(async () => {
    if (deployment.missing) return;
    webhook = await startWebhookReceiver();
    engines = await deployment.start();
    system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1', ...engines.env } });
    clinic = await createClinic(system.api, webhook);
  });
  afterAll(async () => {
    await system?.destroy();
    await engines?.destroy();
    await webhook?.close();
  });

  test('it runs on the engines that it was told of, and on no other', async () => {
    const readiness = await fetch(`${system.httpUrl}/readyz`);
    const { dependencies } = (await readiness.json()) as { dependencies: { name: string; ready: boolean }[] };
    const engineNames = dependencies.map(({ name }) => name).filter((name) => ['redis', 'influxdb'].includes(name));
    const isEmbedded = Object.keys(engines.env).length === 0;
    expect(engineNames).toEqual(isEmbedded ? [] : ['redis', 'influxdb']);
    expect(dependencies.every(({ ready }) => ready)).toBe(true);
    expect(existsSync(layOutCluster(system.dataDir).home)).toBe(isEmbedded);
  });

  /** What was going to page before has paged by then: another patient's low goes the same way after it. */
  async function aLaterPage(): Promise<{ readonly alertId: string }> {
    const patientId = await createPatient(system.api, clinic.teamId, { name: 'Barrier Patient' });
    const device = await createDevice(system.api, 'glucometer', patientId);
    const connection = await connectDevice(system.mqttPort, device);
    const before = webhook.received.length;
    await connection.publish({ kind: 'smbg', at: Date.now(), value: 48, unit: 'mg/dL', context: 'random' });
    const page = await until('the later page arrives', 5000, async () => {
      const { items } = await system.api.get<{ items: { alertId: string }[] }>(`/alerts?patientId=${patientId}`);
      return webhook.received.slice(before).find(({ body }) => body.alertId === items[0]?.alertId);
    });
    await connection.close();
    return page.body;
  }

  test.runIf(hasMosquitto || process.env.REQUIRE_MOSQUITTO === '1')(
    'two CGM values below 3.0 mmol/L five minutes apart page the team once within two seconds, with both readings as evidence',
    async () => {
      const patientId = await createPatient(system.api, clinic.teamId);
      const device = await createDevice(system.api, 'cgm', patientId);
      const before = webhook.received.length;
      const now = Date.now();
      const publish = (at: number, value: number) =>
        run('mosquitto_pub', [
          ...['-h', '127.0.0.1', '-p', String(system.mqttPort), '-q', '1', '-i', 'stranger'],
          ...['-u', device.mqtt.username, '-P', device.mqtt.password],
          ...['-t', `v1/devices/${device.deviceId}/readings`],
          ...['-m', JSON.stringify({ kind: 'cgm', at: new Date(at).toISOString(), value, unit: 'mmol/L' })],
        ]);

      await publish(now - 5 * MINUTE_MS, 2.8);
      await publish(now, 2.6);
      const acknowledgedAt = Date.now();

      const notice = await until('the webhook is called', 5000, () => webhook.received[before]);
      expect(notice.receivedAt - acknowledgedAt).toBeLessThan(2000);
      expect(notice.signatureValid).toBe(true);
      expect(notice.body).toMatchObject({
        kind: 'opened',
        severity: 'critical',
        condition: 'glucose',
        direction: 'low',
      });

      const { items } = await system.api.get<{ items: AlertOnTheApi[] }>(`/alerts?patientId=${patientId}`);
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({ alertId: notice.body.alertId, severity: 'critical', state: 'open' });
      const alert = await system.api.get<AlertOnTheApi>(`/alerts/${notice.body.alertId}`);
      expect(alert.evidence.map((reading) => reading.value)).toEqual([2.8, 2.6]);

      // A second round of the same news must not page again: the same readings once more, and one that continues the low.
      await publish(now - 5 * MINUTE_MS, 2.8);
      await publish(now + 1000, 2.5);
      await until('the third reading is stored', 5000, async () => {
        const readings = await system.api.get<{ items: unknown[] }>(`/patients/${patientId}/readings?kind=cgm`);
        return readings.items.length === 3;
      });
      const { alertId: later } = await aLaterPage();
      const pages = webhook.received.slice(before).map(({ body }) => body.alertId);
      expect(pages).toEqual([notice.body.alertId, later]);
    },
  );

  test('a low that was over before it arrived is listed as retrospective and pages nobody', async () => {
    const patientId = await createPatient(system.api, clinic.teamId, { name: 'Late Patient' });
    const device = await createDevice(system.api, 'cgm', patientId);
    const connection = await connectDevice(system.mqttPort, device);
    const before = webhook.received.length;
    // Two in the afternoon of the team, some hours ago: at night the same fall and rise may be of who lies on the sensor (CGM-09).
    const start = startOfUtcDay(Date.now() - 8 * 60 * MINUTE_MS) + 6 * 60 * MINUTE_MS;
    const values = [5.5, 2.7, 2.6, 2.8, 4.2, 4.6, 5.0, 5.4, 5.8];
    await connection.publish({
      sentAt: Date.now(),
      readings: values.map((value, index) => ({
        kind: 'cgm',
        at: start + index * 5 * MINUTE_MS,
        value,
        unit: 'mmol/L',
      })),
    });
    const { items } = await until('it is listed', 10_000, async () => {
      const page = await system.api.get<{ items: { state: string; condition: string }[] }>(
        `/alerts?patientId=${patientId}`,
      );
      // That nothing has come for five hours is another matter, and true.
      const items = page.items.filter((alert) => alert.condition === 'glucose');
      return items.length > 0 && { items };
    });
    await connection.close();
    expect(items.every((alert) => alert.state === 'retrospective')).toBe(true);
    const { alertId: later } = await aLaterPage();
    expect(webhook.received.slice(before).map(({ body }) => body.alertId)).toEqual([later]);
  });

  test('an acknowledged and resolved alert stays closed, and a new low opens a new one that names the first', async () => {
    const patientId = await createPatient(system.api, clinic.teamId, { name: 'Returning Patient' });
    const device = await createDevice(system.api, 'glucometer', patientId);
    const connection = await connectDevice(system.mqttPort, device);
    const now = Date.now();
    const openAlert = (except?: string) =>
      until('an alert is open', 5000, async () => {
        const page = await system.api.get<{ items: { alertId: string; previousAlertId?: string }[] }>(
          `/alerts?patientId=${patientId}&state=open`,
        );
        return page.items.find((alert) => alert.alertId !== except);
      });

    await connection.publish({ kind: 'smbg', at: now - 20 * MINUTE_MS, value: 48, unit: 'mg/dL', context: 'random' });
    const first = await openAlert();
    await system.api.post(`/alerts/${first.alertId}/acknowledge`, { note: 'calling' });
    await system.api.post(`/alerts/${first.alertId}/resolve`, { outcome: 'called' });
    // In one message, so that ingest sees the recovery and the new low in the same turn.
    await connection.publish([
      { kind: 'smbg', at: now - 10 * MINUTE_MS, value: 95, unit: 'mg/dL', context: 'random' },
      { kind: 'smbg', at: now, value: 50, unit: 'mg/dL', context: 'random' },
    ]);
    const second = await openAlert(first.alertId);
    await connection.close();
    expect(second.previousAlertId).toBe(first.alertId);
  });

  test('the log is JSON, line by line, but for the one line to whoever started it', () => {
    const prose = system
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'));
    expect(prose).toEqual([expect.stringMatching(/^Pulseward is ready: /)]);
  });
});

function startOfUtcDay(at: number): number {
  return at - (at % (24 * 60 * MINUTE_MS));
}
