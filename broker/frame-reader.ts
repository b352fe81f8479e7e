// Cuts a byte stream into MQTT packets. Promises: a packet whose declared length is over the limit ends the reading on its fixed
// header, before a byte of it is kept; a complete packet inside a chunk is handed on where it lies, without a copy.

export type FrameViolation = 'packet_too_large' | 'malformed_length';

/** `data[start]` is the packet's first byte, its body `data[bodyStart … end)`. Answers whether to go on; if not, `resume` does. */
export type OnFrame = (data: Buffer, start: number, bodyStart: number, end: number) => boolean;

/** Packet type and a remaining length of at most four bytes [MQTT-2.2.3]. */
const MAX_HEADER_BYTES = 5;

export class FrameReader {
  /** Of the body, in bytes. */
  maxBodyBytes: number;
  readonly #onFrame: OnFrame;
  /** What is left of the last chunk: the beginning of a header, or everything behind a frame after which reading stopped. */
  #rest: Buffer | undefined;
  /** A packet that lies in several chunks. */
  #frame: Buffer | undefined;
  #frameBodyStart = 0;
  #frameFilled = 0;
  #stopped = false;

  constructor(maxBodyBytes: number, onFrame: OnFrame) {
    this.maxBodyBytes = maxBodyBytes;
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): FrameViolation | undefined {
    if (this.#rest) {
      const joined = Buffer.concat([this.#rest, chunk]);
      this.#rest = this.#stopped ? joined : undefined;
      return this.#stopped ? undefined : this.#read(joined, 0);
    }
    if (this.#stopped) {
      this.#keep(chunk, 0);
      return undefined;
    }
    const frame = this.#frame;
    if (!frame) return this.#read(chunk, 0);
    const taken = chunk.copy(frame, this.#frameFilled);
    this.#frameFilled += taken;
    if (this.#frameFilled < frame.length) return undefined;
    this.#frame = undefined;
    if (this.#onFrame(frame, 0, this.#frameBodyStart, frame.length)) return this.#read(chunk, taken);
    this.#stop(chunk, taken);
    return undefined;
  }

  /** Goes on after a frame at which reading stopped. */
  resume(): FrameViolation | undefined {
    this.#stopped = false;
    const rest = this.#rest;
    if (!rest) return undefined;
    this.#rest = undefined;
    return this.#read(rest, 0);
  }

  #read(data: Buffer, from: number): FrameViolation | undefined {
    let start = from;
    while (start < data.length) {
      let bodyStart = start + 1;
      let bodyBytes = 0;
      let shift = 0;
      for (;;) {
        if (bodyStart === data.length) {
          this.#keep(data, start);
          return undefined;
        }
        const byte = data[bodyStart++]!;
        bodyBytes += (byte & 127) * 2 ** shift;
        if (byte < 128) break;
        shift += 7;
        if (bodyStart - start === MAX_HEADER_BYTES) return 'malformed_length';
      }
      if (bodyBytes > this.maxBodyBytes) return 'packet_too_large';
      const end = bodyStart + bodyBytes;
      if (end > data.length) {
        this.#begin(data, start, bodyStart, end);
        return undefined;
      }
      if (!this.#onFrame(data, start, bodyStart, end)) {
        this.#stop(data, end);
        return undefined;
      }
      start = end;
    }
    return undefined;
  }

  #begin(data: Buffer, start: number, bodyStart: number, end: number): void {
    this.#frame = Buffer.allocUnsafe(end - start);
    this.#frameBodyStart = bodyStart - start;
    this.#frameFilled = data.copy(this.#frame, 0, start);
  }

  #stop(data: Buffer, from: number): void {
    this.#stopped = true;
    this.#keep(data, from);
  }

  /** A copy: a few bytes must not keep a whole chunk alive. */
  #keep(data: Buffer, from: number): void {
    if (from < data.length) this.#rest = Buffer.from(data.subarray(from));
  }
}
