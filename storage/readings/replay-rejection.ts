// A person has reviewed a rejected item and lets it come again: its bytes go through the journal like any other message, flagged, so
// that the limits of what is likely are waived. It counts as received now: what it shows is never told as if it had just happened.
import type { Pool } from 'pg';
import { readJournalPartitions } from '../journal/journal-partitions.ts';
import { partitionOfDevice, partitionOfPatient } from '../journal/partition-of.ts';
import { frameMessages, MESSAGE_FLAGS } from '../journal/record-frame.ts';
import type { Journal } from '../ports/journal.ts';
import type { DeviceDirectory } from '../registry/device-directory.ts';
import { againstPostgres } from './postgres-failure.ts';

export interface ReplayRejectionDeps {
  readonly pool: Pool;
  readonly journal: Pick<Journal, 'append'>;
  readonly devices: Pick<DeviceDirectory, 'load'>;
}

/** `incomplete`: only the beginning of the message was kept, or its device is unknown. */
export type ReplayOutcome = 'replayed' | 'not_found' | 'incomplete';

const DEVICE_TOPIC = /^v1\/devices\/([^/]+)\//;

interface Row {
  readonly topic: string;
  readonly payload: Buffer;
  readonly payload_bytes: number;
}

/** Replaying twice is harmless: the second time it is a duplicate. Throws TemporaryFailure. */
export async function replayRejection(
  { pool, journal, devices }: ReplayRejectionDeps,
  rejectionId: string,
  now: number,
): Promise<ReplayOutcome> {
  const { rows } = await againstPostgres(() =>
    pool.query<Row>('select topic, payload, payload_bytes from rejections where rejection_id = $1', [rejectionId]),
  );
  const [row] = rows;
  if (row === undefined) return 'not_found';
  const { topic, payload, payload_bytes: payloadBytes } = row;
  if (payload.length < payloadBytes) return 'incomplete';
  // By the topic: what a gateway sent for a device that was not bound to it was rejected in the gateway's name.
  const deviceId = DEVICE_TOPIC.exec(topic)?.[1] ?? '';
  const device = (await againstPostgres(() => devices.load([deviceId]))).get(deviceId);
  if (device === undefined) return 'incomplete';

  const { deviceKey } = device;
  const partitions = await againstPostgres(() => readJournalPartitions(pool));
  const patientKey = device.bindings.at(-1)?.patientKey;
  const partition =
    patientKey === undefined ? partitionOfDevice(deviceKey, partitions) : partitionOfPatient(patientKey, partitions);
  const message = { receivedAt: now, deviceKey, flags: MESSAGE_FLAGS.replay, topic: Buffer.from(topic), payload };
  await journal.append([{ partition, ...frameMessages([message]) }]);
  await againstPostgres(() =>
    pool.query('update rejections set replayed_at = $2 where rejection_id = $1', [rejectionId, now]),
  );
  return 'replayed';
}
