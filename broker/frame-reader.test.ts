import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { FrameReader } from './frame-reader.ts';

const MIB = 1024 * 1024;

function collect(maxBodyBytes = MIB) {
  const frames: { packet: Buffer; body: Buffer }[] = [];
  const reader = new FrameReader(maxBodyBytes, (data, start, bodyStart, end) => {
    frames.push({ packet: Buffer.from(data.subarray(start, end)), body: Buffer.from(data.subarray(bodyStart, end)) });
    return true;
  });
  return { frames, reader };
}

/** A PUBLISH with a body of exactly so many bytes. */
function publishOf(bodyBytes: number): Buffer {
  const packet = generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bodyBytes - 3, 'x'),
    qos: 0,
    dup: false,
    retain: false,
  });
  return packet;
}

test('packets come out whole, in order, however the network cuts them', () => {
  const packets = fc.array(fc.integer({ min: 3, max: 40_000 }).map(publishOf), { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(packets, cuts, (sent, sizes) => {
      const { frames, reader } = collect();
      const stream = Buffer.concat(sent);
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = sizes[turn % sizes.length]!;
        expect(reader.push(Buffer.from(stream.subarray(at, at + size)))).toBeUndefined();
        at += size;
      }
      expect(frames.map(({ packet }) => packet.toString('latin1'))).toEqual(
        sent.map((each) => each.toString('latin1')),
      );
    }),
  );
});

test('a packet sent byte by byte is one packet', () => {
  const { frames, reader } = collect();
  const packet = publishOf(300);
  for (const byte of packet) reader.push(Buffer.from([byte]));
  expect(frames.map(({ body }) => body.length)).toEqual([300]);
});

test('1 MiB is taken, a byte more is refused on the header alone', () => {
  const { frames, reader } = collect();
  expect(reader.push(publishOf(MIB))).toBeUndefined();
  expect(frames).toHaveLength(1);
  expect(collect().reader.push(publishOf(MIB + 1).subarray(0, 4))).toBe('packet_too_large');
});

test('a length of more than four bytes is malformed, not endless', () => {
  expect(collect().reader.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]))).toBe('malformed_length');
});

test('after a packet that needs an answer first, the rest waits for resume and is not lost', () => {
  const seen: number[] = [];
  const reader = new FrameReader(MIB, (_data, start, _bodyStart, end) => {
    seen.push(end - start);
    return seen.length !== 1;
  });
  reader.push(Buffer.concat([publishOf(10), publishOf(20), publishOf(30).subarray(0, 5)]));
  expect(seen).toEqual([12]);
  reader.push(publishOf(30).subarray(5));
  expect(seen).toEqual([12]);
  reader.resume();
  expect(seen).toEqual([12, 22, 32]);
});

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 }), (chunks) => {
      const { reader } = collect(10_000);
      for (const chunk of chunks) if (reader.push(Buffer.from(chunk))) break;
    }),
  );
});
