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

/**
 * `incomplete`: only the beginning of the message was kept, or its device is unknown. `not_bound`: a gateway sent it in the name of a
 * device that is not bound to it now.
 */
export type ReplayOutcome = 'replayed' | 'not_found' | 'incomplete' | 'not_bound';

const DEVICE_TOPIC = /^v1\/devices\/([^/]+)\//;

/** Whose readings the message holds: the device its topic names, which need not be the one that sent it. */
export const deviceOfTopic = (topic: string): string | undefined => DEVICE_TOPIC.exec(topic)?.[1];

interface Row {
  readonly device_key: number | null;
  readonly topic: string;
  readonly payload: Buffer;
  readonly payload_bytes: number;
}

/**
 * The caller has checked that whoever asks may treat the device that sent it and the one that `deviceOfTopic` names. Replaying twice
 * is harmless: the second time it is a duplicate. Throws TemporaryFailure.
 */
export async function replayRejection(
  { pool, journal, devices }: ReplayRejectionDeps,
  rejectionId: string,
  now: number,
): Promise<ReplayOutcome> {
  const { rows } = await againstPostgres(() =>
    pool.query<Row>('select device_key, topic, payload, payload_bytes from rejections where rejection_id = $1', [
      rejectionId,
    ]),
  );
  const [row] = rows;
  if (row === undefined) return 'not_found';
  const { device_key: senderKey, topic, payload, payload_bytes: payloadBytes } = row;
  if (payload.length < payloadBytes) return 'incomplete';
  // By the topic: what a gateway sent for a device that was not bound to it was rejected in the gateway's name.
  const deviceId = deviceOfTopic(topic) ?? '';
  const device = (await againstPostgres(() => devices.load([deviceId]))).get(deviceId);
  if (device === undefined) return 'incomplete';
  const { deviceKey } = device;
  if (senderKey !== null && senderKey !== deviceKey && !(await isGatewayOf(pool, senderKey, deviceKey)))
    return 'not_bound';
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

/** By the table, not the directory: a device that was taken from the gateway a moment ago is no longer written to in its name. */
async function isGatewayOf(pool: Pool, gatewayKey: number, deviceKey: number): Promise<boolean> {
  const { rows } = await againstPostgres(() =>
    pool.query('select from devices where device_key = $1 and gateway_key = $2', [deviceKey, gatewayKey]),
  );
  return rows.length > 0;
}
