// Publish → critical alert at a webhook, while a steady load runs: one new patient's low at a time, timed from its publish.
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { until } from '../system/until.ts';
import type { WebhookReceiver } from '../system/webhook-receiver.ts';
import { createFleet, DEVICES_PER_GATEWAY } from './fleet.ts';
import type { LoadProcess } from './load-process.ts';
import type { MeasuredSystem } from './measured-system.ts';
import { connectPublisher, type Publisher } from './mqtt-publisher.ts';
import { Latencies } from './percentiles.ts';

/** Of load before the first low and after the last. */
const SETTLE_MS = 2000;

export interface WebhookLatency {
  readonly readingsPerSecond: number;
  readonly alerts: number;
  readonly arrived: number;
  /** Lows of the load itself, whose alerts alerting opened beside those that are timed. */
  readonly beside: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Medians of the legs, ms: publish → broker → signal written → notification planned → at the webhook. */
  readonly legsMs: Readonly<Record<'broker' | 'ingest' | 'alerting' | 'delivery', number | undefined>>;
}

export async function measureWebhookLatency(
  options: { alerts: number; perSecond: number; everyMs: number },
  parts: {
    measured: MeasuredSystem;
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

  await parts.generator.connect(parts.measured.mqttPort, parts.fleetFile, 250);
  // Reading a patient's past for the first time is no part of the figure.
  await parts.generator.warmUp(1, 3);
  await parts.measured.caughtUp();
  const seconds = (alerts * everyMs + 2 * SETTLE_MS) / 1000;
  const load = parts.generator.pace(perSecond, seconds);
  await delay(SETTLE_MS);
  // By the clock, so that the last low is published while the load still runs, however long sending takes.
  const startedAt = performance.now();
  const publishers: Publisher[] = [];
  for (const gateway of gateways) {
    let message: { topic: string; payload: string } | undefined;
    const publisher = await connectPublisher({
      port: parts.measured.mqttPort,
      clientId: 'lows',
      username: gateway.username,
      password: gateway.password,
      next: () => message,
      onAck: () => undefined,
      onClose: () => undefined,
    });
    publishers.push(publisher);
    for (const deviceId of gateway.deviceIds) {
      if (publishedAt.size >= alerts) break;
      const payload = `{"kind":"cgm","at":${Date.now()},"value":"LOW","unit":"mmol/L"}`;
      message = { topic: `v1/devices/${deviceId}/readings`, payload };
      publishedAt.set(deviceId, Date.now());
      publisher.sendOne();
      await delay(Math.max(0, startedAt + publishedAt.size * everyMs - performance.now()));
    }
  }
  await Promise.all(publishers.map((publisher) => publisher.drain(30_000)));
  for (const publisher of publishers) publisher.close();
  const result = await load;
  await until('every alert has arrived', 30_000, () => parts.webhook.distinct().length >= publishedAt.size).catch(
    () => undefined,
  );
  await parts.generator.close();

  const { rows } = await parts.database.query<AlertInstants>(
    // Readings in InfluxDB have no row: then the leg to the broker counts as ingest's.
    `select a.alert_id as "alertId", d.device_id as "deviceId", r.received_at::float8 as "brokerAt",
            s.updated_at::float8 as "signalAt", n.created_at::float8 as "plannedAt"
     from alerts a join device_bindings b using (patient_key) join devices d using (device_key) left join readings r using (device_key)
     join signals s on s.patient_key = a.patient_key and s.rule_id = 'CGM-01' join notifications n on n.alert_id = a.alert_id and n.channel = 'webhook'
     where d.device_id = any($1::uuid[])`,
    [[...publishedAt.keys()]],
  );
  const instants = new Map(rows.map((row) => [row.alertId, row]));
  const legs = {
    broker: new Latencies(),
    ingest: new Latencies(),
    alerting: new Latencies(),
    delivery: new Latencies(),
  };
  for (const notice of parts.webhook.distinct()) {
    const at = instants.get(notice.body.alertId);
    const published = publishedAt.get(at?.deviceId ?? '');
    if (at === undefined || published === undefined) continue;
    latencies.add(notice.receivedAt - published);
    const brokerAt = at.brokerAt ?? published;
    legs.broker.add(Math.max(0, brokerAt - published));
    legs.ingest.add(Math.max(0, at.signalAt - brokerAt));
    legs.alerting.add(Math.max(0, at.plannedAt - at.signalAt));
    legs.delivery.add(Math.max(0, notice.receivedAt - at.plannedAt));
  }
  return {
    readingsPerSecond: result.acknowledged / result.seconds,
    alerts: publishedAt.size,
    arrived: latencies.count,
    beside: result.sunk,
    p50Ms: latencies.percentile(50),
    p99Ms: latencies.percentile(99),
    legsMs: {
      broker: legs.broker.percentile(50),
      ingest: legs.ingest.percentile(50),
      alerting: legs.alerting.percentile(50),
      delivery: legs.delivery.percentile(50),
    },
  };
}

interface AlertInstants {
  readonly alertId: string;
  readonly deviceId: string;
  readonly brokerAt: number | null;
  readonly signalAt: number;
  readonly plannedAt: number;
}
