// A rejected item as it is kept: its bytes as they came, or of an array's item the message that would hold it alone.
import { v7 as uuidv7 } from 'uuid';
import type { NewRejection } from '../../storage/readings/rejections.ts';
import type { Item, MessageSource } from '../batch.ts';
import { excerptOf } from '../excerpt-of.ts';

/** Of what is longer than this the beginning. */
const MOST_BYTES = 256 * 1024;

export function toRejection(item: Item): NewRejection {
  const { message, rejection, device } = item;
  return {
    rejectionId: uuidv7(),
    deviceKey: message.deviceKey,
    deviceId: device?.deviceId,
    receivedAt: message.receivedAt,
    topic: withoutNul(message.topic),
    code: rejection!.code,
    detail: withoutNul(rejection!.detail),
    itemIndex: item.position,
    ...keptOf(item),
    origin: item.origin,
  };
}

type Kept = Pick<MessageSource, 'payload' | 'payloadBytes' | 'payloadSha256'>;

function keptOf({ message, source, sentAt }: Item): Kept {
  const { payload, payloadBytes, payloadSha256 } = message;
  const asItCame = { payload, payloadBytes, payloadSha256 };
  if (source === undefined) return asItCame;
  try {
    const alone = sentAt === undefined ? source : { sentAt, readings: [source] };
    const written = Buffer.from(JSON.stringify(alone));
    if (written.length > MOST_BYTES) return excerptOf(written);
    return { payload: written, payloadBytes: written.length, payloadSha256: undefined };
  } catch {
    // Nested deeper than can be written again: the whole message then.
    return asItCame;
  }
}

/** Postgres refuses NUL in a text. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');
