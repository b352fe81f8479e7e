// Tells devices which of their readings were rejected and why: at most one message a second per device.
// Promise: what was rejected within a day is told until one who listens has acknowledged it, and then never again, whatever dies in
// between. A hint, not a record: GET /rejections has them all.
import type { Pool } from 'pg';
import type { BrokerCounters } from './broker-counters.ts';
import type { DeviceConnection } from './device-connection.ts';
import type { DeviceDownlink } from './downlink.ts';
import type { DownlinkPackets } from './downlink-packets.ts';
import type { DownlinkSubscriptions } from './downlink-subscriptions.ts';
import { rejectionsTopic } from './topic-rights.ts';

const SEND_EVERY_MS = 1_000;
const FORGET_AFTER_MS = 60_000;
/** Since a reading was rejected, not since it was measured: it may have waited in the journal. */
const TOLD_WITHIN_MS = 86_400_000;
const MAX_PER_MESSAGE = 200;

/** The last message to a device. */
interface Sent {
  /** performance.now() */
  readonly sentAt: number;
  readonly to: DeviceConnection[];
  isAcknowledged: boolean;
}

interface Row {
  readonly device_key: number;
  readonly rejection_id: string;
  readonly item_index: number;
  readonly code: string;
  readonly detail: string;
}

export interface RejectionDownlinkDeps {
  readonly pool: Pool;
  readonly subscriptions: DownlinkSubscriptions;
  readonly packets: DownlinkPackets;
  readonly counters: BrokerCounters;
}

export function createRejectionDownlink(deps: RejectionDownlinkDeps): DeviceDownlink {
  const { pool, subscriptions, packets, counters } = deps;
  const lastSent = new Map<number, Sent>();
  /** Acknowledged and not yet written down. */
  const told = new Set<string>();

  const isHeard = (deviceKey: number) => subscriptions.of('rejections', deviceKey).length > 0;

  /** Too soon after the last message, or that is still under way: what it tells would be told twice. */
  function hasToWait(deviceKey: number, now: number): boolean {
    const last = lastSent.get(deviceKey);
    if (!last) return false;
    return now - last.sentAt < SEND_EVERY_MS || (!last.isAcknowledged && last.to.some(({ destroyed }) => !destroyed));
  }

  function tell(deviceKey: number, rows: readonly Row[]): Sent {
    const payload = JSON.stringify(rows.map(({ item_index: index, code, detail }) => ({ index, code, detail })));
    const sent: Sent = { sentAt: performance.now(), to: [], isAcknowledged: false };
    const acknowledge = () => {
      sent.isAcknowledged = true;
      for (const row of rows) told.add(row.rejection_id);
    };
    for (const { connection, deviceId, qos } of subscriptions.of('rejections', deviceKey)) {
      const message = { topic: rejectionsTopic(deviceId), payload, qos: Math.min(qos, 1) };
      if (packets.send(connection, message, acknowledge)) sent.to.push(connection);
    }
    counters.downlinks.inc({ kind: 'rejections' });
    lastSent.set(deviceKey, sent);
    return sent;
  }

  function forget(now: number): void {
    for (const [deviceKey, { sentAt }] of lastSent)
      if (!isHeard(deviceKey) && now - sentAt > FORGET_AFTER_MS) lastSent.delete(deviceKey);
  }

  return {
    async send(deviceKeys) {
      const now = performance.now();
      forget(now);
      const heard = deviceKeys.filter(isHeard);
      const later = heard.filter((deviceKey) => hasToWait(deviceKey, now));
      const due = heard.filter((deviceKey) => !hasToWait(deviceKey, now));
      if (due.length === 0) return later;
      const { rows } = await pool.query<Row>(
        `select r.* from unnest($1::int[]) as due (device_key)
         cross join lateral (
           select device_key, rejection_id, item_index, code, detail from rejections x
           where x.device_key = due.device_key and x.told_at is null and x.rejection_id >= $2
           order by x.rejection_id limit ${MAX_PER_MESSAGE}) r`,
        [due, firstIdAt(Date.now() - TOLD_WITHIN_MS)],
      );
      for (const [deviceKey, own] of Map.groupBy(rows, (row) => row.device_key)) {
        const { isAcknowledged } = tell(deviceKey, own);
        if (!isAcknowledged || own.length === MAX_PER_MESSAGE) later.push(deviceKey);
      }
      return later;
    },
    async settle() {
      if (told.size === 0) return;
      const ids = [...told];
      await pool.query('update rejections set told_at = $2 where rejection_id = any($1::uuid[]) and told_at is null', [
        ids,
        Date.now(),
      ]);
      for (const id of ids) told.delete(id);
    },
  };
}

/** The least UUIDv7 of an instant, epoch ms. */
function firstIdAt(instant: number): string {
  const digits = instant.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000000`;
}
