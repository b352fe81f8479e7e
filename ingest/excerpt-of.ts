// What is kept of bytes that are too many to be kept whole: their beginning, how many there were, and the hash of all of them.
import { createHash } from 'node:crypto';
import { EXCERPT_BYTES } from '../storage/journal/record-frame.ts';
import type { MessageSource } from './batch.ts';

export function excerptOf(whole: Buffer): Pick<MessageSource, 'payload' | 'payloadBytes' | 'payloadSha256'> {
  return {
    payload: whole.subarray(0, EXCERPT_BYTES),
    payloadBytes: whole.length,
    payloadSha256: createHash('sha256').update(whole).digest(),
  };
}
