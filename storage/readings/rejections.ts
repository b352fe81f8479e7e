// The rejections table: every item that is not counted, why, and its bytes as they came, so that it can be looked at and replayed.
// Promise: one row an origin, however often its record is run.
import type { PoolClient } from 'pg';
import type { RejectionCode } from '../../domain/rejection.ts';
import type { Origin } from '../ports/time-series.ts';
import { numberArray, textArray } from './array-literal.ts';

export interface NewRejection {
  readonly rejectionId: string;
  /** 0 where nobody knows the device. */
  readonly deviceKey: number;
  readonly deviceId?: string | undefined;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly topic: string;
  readonly code: RejectionCode;
  readonly detail: string;
  /** Position in its message, as the device counts. */
  readonly itemIndex: number;
  /** The item as it came; of one too large its first 4 KiB. */
  readonly payload: Buffer;
  /** Of the whole, where only its beginning is kept. */
  readonly payloadSha256?: Buffer | undefined;
  /** Of the whole. */
  readonly payloadBytes: number;
  readonly origin: Origin;
}

export async function writeRejections(
  tx: Pick<PoolClient, 'query'>,
  rejections: readonly NewRejection[],
): Promise<void> {
  await tx.query({
    name: 'rejections-write',
    text: `insert into rejections (rejection_id, device_id, device_key, received_at, topic, code, detail, item_index, payload,
        payload_sha256, payload_bytes, origin_partition, origin_seq, origin_index)
      select * from unnest($1::uuid[], $2::text[], $3::int4[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int4[], $9::bytea[],
        $10::bytea[], $11::int4[], $12::int2[], $13::int8[], $14::int4[])
      on conflict (origin_partition, origin_seq, origin_index) do nothing`,
    values: [
      textArray(rejections, ({ rejectionId }) => rejectionId),
      textArray(rejections, ({ deviceId }) => deviceId),
      numberArray(rejections, ({ deviceKey }) => deviceKey || undefined),
      numberArray(rejections, ({ receivedAt }) => receivedAt),
      textArray(rejections, ({ topic }) => topic),
      textArray(rejections, ({ code }) => code),
      textArray(rejections, ({ detail }) => detail),
      numberArray(rejections, ({ itemIndex }) => itemIndex),
      textArray(rejections, ({ payload }) => `\\x${payload.toString('hex')}`),
      textArray(rejections, ({ payloadSha256 }) => payloadSha256 && `\\x${payloadSha256.toString('hex')}`),
      numberArray(rejections, ({ payloadBytes }) => payloadBytes),
      numberArray(rejections, ({ origin }) => origin.partition),
      numberArray(rejections, ({ origin }) => origin.seq),
      numberArray(rejections, ({ origin }) => origin.index),
    ],
  });
}
