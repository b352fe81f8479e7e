// Publish → critical alert at a webhook, while a steady load runs: one new patient's low at a time, timed from its publish.
import type pg from 'pg';
import type { RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import type { WebhookReceiver } from '../system/webhook-receiver.ts';
import { createFleet, DEVICES_PER_GATEWAY } from './fleet.ts';
import type { LoadProcess } from './load-process.ts';
import { connectPublisher } from './mqtt-publisher.ts';
import { Latencies } from './percentiles.ts';

export interface WebhookLatency {
  readonly readingsPerSecond: number;
  readonly alerts: number;
  readonly arrived: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export async function measureWebhookLatency(
  options: { alerts: number; perSecond: number; everyMs: number },
  parts: {
    system: RunningSystem;
    database: pg.Client;
    pool: pg.Pool;
    generator: LoadProcess;
    fleetFile: string;
    webhook: WebhookReceiver;
    teamId: string;
  },
): Promise<WebhookLatency> {
  const { alerts, perSecond, everyMs } = options;
  const { gateways } = await createFleet(parts.pool, Math.ceil(alerts / DEVICES_PER_GATEWAY), parts.teamId);
  const publishedAt = new Map<string, number>();
  const latencies = new Latencies();

  await parts.generator.connect(parts.system.mqttPort, parts.fleetFile, 250);
  const seconds = (alerts * everyMs) / 1000 + 4;
  const load = parts.generator.pace(perSecond, seconds);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const gateway of gateways) {
    let message: { topic: string; payload: string } | undefined;
    const publisher = await connectPublisher({
      port: parts.system.mqttPort,
      clientId: 'lows',
      username: gateway.username,
      password: gateway.password,
      next: () => message,
      onAck: () => undefined,
      onClose: () => undefined,
    });
    for (const deviceId of gateway.deviceIds) {
      if (publishedAt.size >= alerts) break;
      const payload = `{"kind":"cgm","at":${Date.now()},"value":"LOW","unit":"mmol/L"}`;
      message = { topic: `v1/devices/${deviceId}/readings`, payload };
      publishedAt.set(deviceId, Date.now());
      publisher.sendOne();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    publisher.close();
  }
  const result = await load;
  await until('every alert has arrived', 30_000, () => parts.webhook.distinct().length >= publishedAt.size).catch(
    () => undefined,
  );
  await parts.generator.close();

  const { rows } = await parts.database.query<{ alert_id: string; device_id: string }>(
    `select a.alert_id, d.device_id from alerts a join device_bindings b using (patient_key) join devices d using (device_key)
     where d.device_id = any($1::uuid[])`,
    [[...publishedAt.keys()]],
  );
  const deviceOfAlert = new Map(rows.map((row) => [row.alert_id, row.device_id]));
  for (const notice of parts.webhook.distinct()) {
    const published = publishedAt.get(deviceOfAlert.get(notice.body.alertId) ?? '');
    if (published !== undefined) latencies.add(notice.receivedAt - published);
  }
  return {
    readingsPerSecond: result.acknowledged / result.seconds,
    alerts: publishedAt.size,
    arrived: latencies.count,
    p50Ms: latencies.percentile(50),
    p99Ms: latencies.percentile(99),
  };
}
