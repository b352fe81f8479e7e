// Tells devices which of their readings were rejected and why: at most one message a second per device, what is new since the last one.
// A hint, not a record: GET /rejections has them all.
import type { Pool } from 'pg';
import type { BrokerCounters } from './broker-counters.ts';
import type { DownlinkPackets } from './downlink-packets.ts';
import type { DownlinkSubscriptions } from './downlink-subscriptions.ts';
import { rejectionsTopic } from './topic-rights.ts';

const SEND_EVERY_MS = 1_000;
/** A device that has just come back is also told what was rejected while it was away for a moment. */
const LOOK_BACK_MS = 60_000;
const MAX_PER_MESSAGE = 200;

/** Up to where a device has been told: the order in which its rejections come about. */
interface Told {
  readonly receivedAt: number;
  readonly seq: number;
  readonly index: number;
  /** performance.now() */
  readonly sentAt: number;
}

interface Row {
  readonly device_key: number;
  readonly item_index: number;
  readonly code: string;
  readonly detail: string;
  readonly received_at: number;
  readonly origin_seq: number;
  readonly origin_index: number;
}

export interface RejectionDownlink {
  /** Sends what is due of these devices and answers those that are still due. Throws what pg throws, with nothing sent. */
  send(deviceKeys: readonly number[]): Promise<number[]>;
}

export interface RejectionDownlinkDeps {
  readonly pool: Pool;
  readonly subscriptions: DownlinkSubscriptions;
  readonly packets: DownlinkPackets;
  readonly counters: BrokerCounters;
}

export function createRejectionDownlink({
  pool,
  subscriptions,
  packets,
  counters,
}: RejectionDownlinkDeps): RejectionDownlink {
  const told = new Map<number, Told>();

  const isHeard = (deviceKey: number) => subscriptions.of('rejections', deviceKey).length > 0;

  function tell(deviceKey: number, rows: readonly Row[]): void {
    const payload = JSON.stringify(rows.map(({ item_index: index, code, detail }) => ({ index, code, detail })));
    for (const { connection, deviceId, qos } of subscriptions.of('rejections', deviceKey))
      packets.send(connection, { topic: rejectionsTopic(deviceId), payload, qos: Math.min(qos, 1) });
    counters.downlinks.inc({ kind: 'rejections' });
    const last = rows.at(-1)!;
    told.set(deviceKey, {
      receivedAt: Number(last.received_at),
      seq: Number(last.origin_seq),
      index: last.origin_index,
      sentAt: performance.now(),
    });
  }

  return {
    async send(deviceKeys) {
      const now = performance.now();
      for (const deviceKey of told.keys())
        if (!isHeard(deviceKey) && now - told.get(deviceKey)!.sentAt > LOOK_BACK_MS) told.delete(deviceKey);
      const heard = deviceKeys.filter(isHeard);
      const isTooSoon = (deviceKey: number) => now - (told.get(deviceKey)?.sentAt ?? -SEND_EVERY_MS) < SEND_EVERY_MS;
      const later = heard.filter(isTooSoon);
      const due = heard.filter((deviceKey) => !isTooSoon(deviceKey));
      if (due.length === 0) return later;
      const since = due.map((key) => told.get(key) ?? { receivedAt: Date.now() - LOOK_BACK_MS, seq: 0, index: 0 });
      const { rows } = await pool.query<Row>(
        `select r.* from unnest($1::int[], $2::int8[], $3::int8[], $4::int[]) as told (device_key, received_at, seq, index)
         cross join lateral (
           select device_key, item_index, code, detail, received_at, origin_seq, origin_index from rejections x
           where x.device_key = told.device_key and x.received_at >= told.received_at
             and (x.received_at, x.origin_seq, x.origin_index) > (told.received_at, told.seq, told.index)
           order by x.received_at, x.origin_seq, x.origin_index limit ${MAX_PER_MESSAGE}) r`,
        [due, since.map((each) => each.receivedAt), since.map((each) => each.seq), since.map((each) => each.index)],
      );
      for (const [deviceKey, own] of Map.groupBy(rows, (row) => row.device_key)) {
        tell(deviceKey, own);
        if (own.length === MAX_PER_MESSAGE) later.push(deviceKey);
      }
      return later;
    },
  };
}
