import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { frameMessages, MESSAGE_FLAGS } from '../../storage/journal/record-frame.ts';
import { createBatch, originKey } from '../batch.ts';
import { decode, wholeRecord } from '../decode/decode.ts';
import { toRejection } from './rejection-rows.ts';

const KIB = 1024;
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

function rejectionsOf(payload: Buffer | string, flags: number = MESSAGE_FLAGS.ok) {
  const topic = Buffer.from('t/readings');
  const record = frameMessages([{ receivedAt: 1, deviceKey: 1, flags, topic, payload: Buffer.from(payload) }]);
  const batch = createBatch({ records: [{ partition: 0, seq: 1, ...record }], now: 2 });
  decode(batch);
  return batch.items.filter(({ rejection }) => rejection !== undefined).map(toRejection);
}

test('a bad item of an array is kept as the message that would hold it alone', () => {
  const [kept] = rejectionsOf('[{"kind":"none"},{"kind":"neither"}]');
  expect({ ...kept, payload: kept?.payload.toString() }).toMatchObject({
    payload: '{"kind":"none"}',
    payloadBytes: 15,
    payloadSha256: undefined,
  });
});

test('an item that is longer written out than it came is kept by its beginning, with its true length and hash', () => {
  // Five characters that JSON writes as twenty-two.
  const numbers = Array.from({ length: 20_000 }, () => '9e20,').join('');
  const item = `{"kind":"none","numbers":[${numbers}1]}`;
  const written = JSON.stringify(JSON.parse(item));
  expect(item.length).toBeLessThan(256 * KIB);
  expect(written.length).toBeGreaterThan(256 * KIB);
  const [kept] = rejectionsOf(`[${item}]`);
  expect(kept?.payload.toString()).toBe(written.slice(0, 4 * KIB));
  expect(kept?.payloadBytes).toBe(written.length);
  expect(kept?.payloadSha256?.toString('hex')).toBe(sha256(written));
});

test('a message too large is kept by its beginning, with its true length and hash', () => {
  const payload = Buffer.alloc(300 * KIB, 'x');
  const [kept] = rejectionsOf(payload, MESSAGE_FLAGS.tooLarge);
  expect(kept).toMatchObject({ code: 'too_large', payloadBytes: payload.length });
  expect(kept?.payload.equals(payload.subarray(0, 4 * KIB))).toBe(true);
  expect(kept?.payloadSha256?.toString('hex')).toBe(sha256(payload));
});

test('a record that nobody can read is kept, every byte of it', () => {
  const record = { partition: 0, seq: 1, messageCount: 1, bytes: Buffer.alloc(9 * KIB, 0xff) };
  const batch = createBatch({ records: [record], now: 2, givenUp: new Set([originKey(wholeRecord(record))]) });
  decode(batch);
  const kept = toRejection(batch.items[0]!);
  expect(kept).toMatchObject({ code: 'internal_error', payloadBytes: 9 * KIB });
  expect(kept.payload.equals(record.bytes)).toBe(true);
});
