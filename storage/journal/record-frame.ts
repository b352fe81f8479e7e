// The bytes of a journal record: one version byte, then its messages one after the other (little endian). Owned here alone:
//   receivedAt f64 · deviceKey u32 · flags u8 · payload length as sent u32 · topic length u16 · topic · kept payload
// Kept is the payload, or of one too large its SHA-256 (32 bytes) and first 4 KiB. Written without an allocation per message.
import { createHash } from 'node:crypto';

export const MESSAGE_FLAGS = {
  ok: 0,
  /** Over 256 KiB: only the beginning and a hash were kept. */
  tooLarge: 1,
  /** A gateway's topic of a device that isn't bound to it; `deviceKey` is then the gateway's, to which the rejection goes. */
  deviceNotBound: 2,
  /** A person replays a rejection: plausibility is waived. */
  replay: 4,
} as const;

export interface NewMessage {
  /** Epoch ms at which the broker had the whole message. */
  readonly receivedAt: number;
  /** Surrogate of the device named in the topic, 0 where unknown. */
  readonly deviceKey: number;
  /** Bits of MESSAGE_FLAGS. */
  readonly flags: number;
  /** UTF-8, at most 65,535 bytes. */
  readonly topic: Buffer;
  /** As sent, also where it is too large: the writer cuts and hashes. */
  readonly payload: Buffer;
}

const VERSION = 1;
const HEAD_BYTES = 19;
const SHA256_BYTES = 32;
/** Of a payload too large. */
export const EXCERPT_BYTES = 4096;
const SMALLEST_BUFFER_BYTES = 16 * 1024;
const LARGEST_KEPT_BUFFER_BYTES = 256 * 1024;

const keptBytes = (flags: number, payloadBytes: number) =>
  flags & MESSAGE_FLAGS.tooLarge ? SHA256_BYTES + Math.min(payloadBytes, EXCERPT_BYTES) : payloadBytes;

/** Collects messages into one buffer that grows, and that is used again after `clear`. */
export class RecordWriter {
  messageCount = 0;
  #bytes = Buffer.allocUnsafeSlow(SMALLEST_BUFFER_BYTES).fill(VERSION, 0, 1);
  #length = 1;

  /** Length of the record so far. */
  get byteLength(): number {
    return this.#length;
  }

  add(message: NewMessage): void {
    const { topic, payload, flags } = message;
    const end = this.#length + HEAD_BYTES + topic.length + keptBytes(flags, payload.length);
    if (end > this.#bytes.length) this.#growTo(end);
    const bytes = this.#bytes;
    let at = bytes.writeDoubleLE(message.receivedAt, this.#length);
    at = bytes.writeUInt32LE(message.deviceKey, at);
    bytes[at] = flags;
    at = bytes.writeUInt32LE(payload.length, at + 1);
    at = bytes.writeUInt16LE(topic.length, at);
    bytes.set(topic, at);
    at += topic.length;
    if (flags & MESSAGE_FLAGS.tooLarge) {
      bytes.set(createHash('sha256').update(payload).digest(), at);
      payload.copy(bytes, at + SHA256_BYTES, 0, EXCERPT_BYTES);
    } else {
      bytes.set(payload, at);
    }
    this.#length = end;
    this.messageCount++;
  }

  /** The record; a view that holds until the next `add` or `clear`. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    if (this.#bytes.length > LARGEST_KEPT_BUFFER_BYTES)
      this.#bytes = Buffer.allocUnsafeSlow(SMALLEST_BUFFER_BYTES).fill(VERSION, 0, 1);
    this.#length = 1;
    this.messageCount = 0;
  }

  #growTo(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** One record of a few messages, as for a replay. */
export function frameMessages(messages: readonly NewMessage[]): { messageCount: number; bytes: Buffer } {
  const writer = new RecordWriter();
  for (const message of messages) writer.add(message);
  return { messageCount: writer.messageCount, bytes: writer.bytes() };
}

/** One message of a record. Topic and payload are cut out of the record's bytes when they are asked for. */
export class FramedMessage {
  readonly receivedAt: number;
  /** 0 where unknown; the gateway's with `deviceNotBound`. */
  readonly deviceKey: number;
  readonly flags: number;
  /** As sent, in bytes; more than `payload` holds where it was too large. */
  readonly payloadBytes: number;
  /** Where the next message begins. */
  readonly end: number;
  readonly #record: Buffer;
  readonly #topicAt: number;
  readonly #keptAt: number;

  constructor(record: Buffer, at: number) {
    if (at + HEAD_BYTES > record.length) throw truncated(record, at);
    this.receivedAt = record.readDoubleLE(at);
    this.deviceKey = record.readUInt32LE(at + 8);
    this.flags = record.readUInt8(at + 12);
    this.payloadBytes = record.readUInt32LE(at + 13);
    this.#record = record;
    this.#topicAt = at + HEAD_BYTES;
    this.#keptAt = this.#topicAt + record.readUInt16LE(at + 17);
    this.end = this.#keptAt + keptBytes(this.flags, this.payloadBytes);
    if (this.end > record.length) throw truncated(record, at);
  }

  get topic(): string {
    return this.#record.toString('utf8', this.#topicAt, this.#keptAt);
  }

  /** The payload, of one too large its first 4 KiB; a view of the record, not a copy. */
  get payload(): Buffer {
    const skipped = this.flags & MESSAGE_FLAGS.tooLarge ? SHA256_BYTES : 0;
    return this.#record.subarray(this.#keptAt + skipped, this.end);
  }

  /** Of the whole payload; only where it was too large. */
  get payloadSha256(): Buffer | undefined {
    if (!(this.flags & MESSAGE_FLAGS.tooLarge)) return undefined;
    return this.#record.subarray(this.#keptAt, this.#keptAt + SHA256_BYTES);
  }
}

/** The messages of a record in the order they arrived. Throws an Error for bytes that no RecordWriter wrote. */
export function unframe(record: Buffer): FramedMessage[] {
  if (record[0] !== VERSION) throw new Error(`a journal record of version ${record[0]}, this program reads ${VERSION}`);
  const messages: FramedMessage[] = [];
  for (let at = 1; at < record.length; ) {
    const message = new FramedMessage(record, at);
    messages.push(message);
    at = message.end;
  }
  return messages;
}

const truncated = (record: Buffer, at: number) =>
  new Error(`a journal record of ${record.length} bytes ends inside the message at byte ${at}`);
