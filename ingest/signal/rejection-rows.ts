// A rejected item as it is kept: its bytes as they came, or of an array's item the message that would hold it alone.
import { v7 as uuidv7 } from 'uuid';
import type { NewRejection } from '../../storage/readings/rejections.ts';
import type { Item } from '../batch.ts';

/** Of what can't be written as text, or is longer than this, the beginning. */
const MOST_BYTES = 256 * 1024;

export function toRejection(item: Item): NewRejection {
  const { message, rejection, device } = item;
  const payload = payloadOf(item);
  return {
    rejectionId: uuidv7(),
    deviceKey: message.deviceKey,
    deviceId: device?.deviceId,
    receivedAt: message.receivedAt,
    topic: withoutNul(message.topic),
    code: rejection!.code,
    detail: withoutNul(rejection!.detail),
    itemIndex: item.position,
    payload,
    payloadSha256: message.payloadSha256,
    payloadBytes: item.source === undefined ? message.payloadBytes : payload.length,
    origin: item.origin,
  };
}

function payloadOf({ message, source, sentAt }: Item): Buffer {
  if (source === undefined) return message.payload;
  try {
    const alone = sentAt === undefined ? source : { sentAt, readings: [source] };
    return Buffer.from(JSON.stringify(alone)).subarray(0, MOST_BYTES);
  } catch {
    // Nested deeper than can be written again: the whole message then, as it came.
    return message.payload;
  }
}

/** Postgres refuses NUL in a text. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');
