// Sends devices what is asked of them ("measure again in 5 minutes"): rows in Postgres, sent at each connection until one is
// acknowledged or has expired.
import type { Pool } from 'pg';
import type { BrokerCounters } from './broker-counters.ts';
import type { DeviceConnection } from './device-connection.ts';
import type { DeviceDownlink } from './downlink.ts';
import type { DownlinkPackets } from './downlink-packets.ts';
import type { DownlinkSubscriptions } from './downlink-subscriptions.ts';
import { requestsTopic } from './topic-rights.ts';

interface Row {
  readonly request_id: string;
  readonly device_key: number;
  readonly request: object;
  readonly expires_at: Date;
}

export interface RequestDownlinkDeps {
  readonly pool: Pool;
  readonly subscriptions: DownlinkSubscriptions;
  readonly packets: DownlinkPackets;
  readonly counters: BrokerCounters;
}

export function createRequestDownlink({ pool, subscriptions, packets, counters }: RequestDownlinkDeps): DeviceDownlink {
  const sent = new WeakMap<DeviceConnection, Set<string>>();
  const delivered = new Set<string>();

  return {
    async send(deviceKeys) {
      const heard = deviceKeys.filter((deviceKey) => subscriptions.of('requests', deviceKey).length > 0);
      if (heard.length === 0) return [];
      const { rows } = await pool.query<Row>(
        `select request_id, device_key, request, expires_at from device_requests
         where device_key = any($1::int[]) and delivered_at is null and expires_at > now() order by created_at`,
        [heard],
      );
      for (const { request_id: requestId, device_key: deviceKey, request, expires_at: expiresAt } of rows) {
        if (delivered.has(requestId)) continue;
        for (const { connection, deviceId, qos } of subscriptions.of('requests', deviceKey)) {
          const known = sent.get(connection) ?? new Set();
          sent.set(connection, known);
          if (known.has(requestId)) continue;
          const payload = JSON.stringify({ ...request, requestId, expiresAt: expiresAt.toISOString() });
          const message = { topic: requestsTopic(deviceId), payload, qos: Math.min(qos, 1) };
          if (packets.send(connection, message, () => delivered.add(requestId))) {
            known.add(requestId);
            counters.downlinks.inc({ kind: 'request' });
          }
        }
      }
      return [];
    },
    async settle() {
      if (delivered.size === 0) return;
      const ids = [...delivered];
      await pool.query(
        'update device_requests set delivered_at = now() where request_id = any($1::uuid[]) and delivered_at is null',
        [ids],
      );
      for (const id of ids) delivered.delete(id);
    },
  };
}
