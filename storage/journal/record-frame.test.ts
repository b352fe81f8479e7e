import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameMessages, MESSAGE_FLAGS, type NewMessage, RecordWriter, unframe } from './record-frame.ts';

const message = (parts: Partial<NewMessage> = {}): NewMessage => ({
  receivedAt: 1_795_305_900_000,
  deviceKey: 7,
  flags: MESSAGE_FLAGS.ok,
  topic: Buffer.from('v1/devices/019a/readings'),
  payload: Buffer.from('{"kind":"cgm"}'),
  ...parts,
});

const arbitraryMessage: fc.Arbitrary<NewMessage> = fc.record({
  receivedAt: fc.integer({ min: 0, max: 8.64e15 }),
  deviceKey: fc.integer({ min: 0, max: 0xffffffff }),
  flags: fc.integer({ min: 0, max: 7 }),
  topic: fc.string({ unit: 'grapheme', maxLength: 60 }).map((topic) => Buffer.from(topic)),
  payload: fc.uint8Array({ maxLength: 6000 }).map((bytes) => Buffer.from(bytes)),
});

test('every message of a record comes back as it was written, in order', () => {
  fc.assert(
    fc.property(fc.array(arbitraryMessage, { maxLength: 30 }), (messages) => {
      const { bytes, messageCount } = frameMessages(messages);
      const read = unframe(bytes);
      expect(messageCount).toBe(messages.length);
      expect(read.length).toBe(messages.length);
      read.forEach((framed, index) => {
        const { receivedAt, deviceKey, flags, topic, payload } = messages[index]!;
        expect(framed).toMatchObject({ receivedAt, deviceKey, flags, payloadBytes: payload.length });
        expect(framed.topic).toBe(topic.toString());
        const kept = flags & MESSAGE_FLAGS.tooLarge ? payload.subarray(0, 4096) : payload;
        expect(framed.payload.equals(kept)).toBe(true);
      });
    }),
  );
});

test('of a payload too large its first 4 KiB, its SHA-256 and its length as sent are kept', () => {
  const payload = Buffer.alloc(300 * 1024, 'x').fill('y', 5000);
  const record = frameMessages([message({ flags: MESSAGE_FLAGS.tooLarge, payload }), message()]).bytes;
  const [tooLarge, next] = unframe(record);
  expect(tooLarge?.payloadBytes).toBe(payload.length);
  expect(tooLarge?.payload.equals(payload.subarray(0, 4096))).toBe(true);
  expect(tooLarge?.payloadSha256?.equals(createHash('sha256').update(payload).digest())).toBe(true);
  expect(next?.payload.toString()).toBe('{"kind":"cgm"}');
  expect(next?.payloadSha256).toBeUndefined();
});

test('a record that was cut off anywhere is refused, never read as fewer or other messages', () => {
  const { bytes } = frameMessages([message(), message({ flags: MESSAGE_FLAGS.replay })]);
  const [first] = unframe(bytes);
  for (let length = 0; length < bytes.length; length++) {
    if (length === 1 || length === first?.end) continue;
    expect(() => unframe(bytes.subarray(0, length)), `${length} bytes`).toThrow(/journal record/);
  }
});

test('arbitrary bytes are read or refused with a sentence, never with anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        for (const { topic, payload } of unframe(Buffer.from([1, ...bytes])))
          expect([typeof topic, Buffer.isBuffer(payload)]).toEqual(['string', true]);
      } catch (error) {
        expect(String(error)).toMatch(/ends inside the message/);
      }
    }),
  );
});

test('a record written by another version is refused by name', () => {
  expect(() => unframe(Buffer.from([9]))).toThrow('version 9');
});

test('a writer that was cleared starts a new record in the same memory', () => {
  const writer = new RecordWriter();
  writer.add(message({ payload: Buffer.alloc(200_000) }));
  const memory = writer.bytes().buffer;
  writer.clear();
  writer.add(message());
  expect(writer.bytes().buffer).toBe(memory);
  expect(unframe(writer.bytes()).map(({ payloadBytes }) => payloadBytes)).toEqual([14]);
});
