// One raw MQTT 3.1.1 connection that publishes QoS 1 with a fixed number in flight: as little CPU as a publisher can cost, because it
// shares the cores with what is measured.
import { createConnection, type Socket } from 'node:net';

export interface PublisherOptions {
  readonly port: number;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Fills the next payload and names its topic; undefined when there is nothing to send now. */
  readonly next: () => { topic: string; payload: string } | undefined;
  readonly onAck: (latencyMs: number) => void;
  readonly onClose: (error?: Error) => void;
}

export interface Publisher {
  /** Sends until `inFlight` messages wait for their PUBACK, and keeps it so. */
  run(inFlight: number): void;
  /** Sends one message now, whatever is in flight. */
  sendOne(): void;
  /** Stops sending; resolves when nothing is in flight or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  readonly unacknowledged: () => number;
  close(): void;
}

const PUBACK = 0x40;

export function connectPublisher(options: PublisherOptions): Promise<Publisher> {
  const socket = createConnection({ port: options.port, host: '127.0.0.1', noDelay: true });
  socket.write(connectPacket(options));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (connack) => {
      if (connack.length !== 4 || connack[0] !== 0x20 || connack[3] !== 0) {
        socket.destroy();
        return reject(new Error(`CONNACK ${connack.toString('hex')} for ${options.username}`));
      }
      socket.removeListener('error', reject);
      resolve(publisherOn(socket, options));
    });
  });
}

function publisherOn(socket: Socket, options: PublisherOptions): Publisher {
  const sentAt = new Float64Array(65_536);
  let inFlight = 0;
  let target = 0;
  let messageId = 0;
  let remainder: Buffer | undefined;
  let drained: (() => void) | undefined;

  const take = (): Buffer | undefined => {
    const message = options.next();
    if (!message) return undefined;
    messageId = messageId === 65_535 ? 1 : messageId + 1;
    sentAt[messageId] = performance.now();
    inFlight++;
    return publishPacket(message.topic, message.payload, messageId);
  };
  const fill = () => {
    if (inFlight >= target) return;
    const packets: Buffer[] = [];
    while (inFlight < target) {
      const packet = take();
      if (!packet) break;
      packets.push(packet);
    }
    if (packets.length === 1) socket.write(packets[0] as Buffer);
    else if (packets.length > 1) socket.write(Buffer.concat(packets));
  };

  socket.on('data', (chunk: Buffer) => {
    const data = remainder ? Buffer.concat([remainder, chunk]) : chunk;
    const now = performance.now();
    let offset = 0;
    while (offset + 4 <= data.length) {
      if (data[offset] !== PUBACK) {
        // A downlink (a rejection): its length is a small varint; skip it.
        const length = remainingLength(data, offset + 1);
        if (length === undefined || length.end + length.value > data.length) break;
        offset = length.end + length.value;
        continue;
      }
      const id = ((data[offset + 2] as number) << 8) | (data[offset + 3] as number);
      offset += 4;
      inFlight--;
      options.onAck(now - (sentAt[id] as number));
    }
    remainder = offset < data.length ? data.subarray(offset) : undefined;
    fill();
    if (inFlight === 0) drained?.();
  });
  socket.on('error', (error) => options.onClose(error));
  socket.on('close', () => options.onClose());

  return {
    run(count) {
      target = count;
      fill();
    },
    sendOne() {
      const packet = take();
      if (packet) socket.write(packet);
    },
    drain(timeoutMs) {
      target = 0;
      if (inFlight === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    unacknowledged: () => inFlight,
    close: () => socket.destroy(),
  };
}

function remainingLength(data: Buffer, offset: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = data[offset++];
    if (byte === undefined) return undefined;
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, end: offset };
  }
  return undefined;
}

export function connectPacket(options: Pick<PublisherOptions, 'clientId' | 'username' | 'password'>): Buffer {
  const fields = [options.clientId, options.username, options.password].map((text) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
  });
  // Protocol MQTT level 4; user name, password, clean session; no keepalive.
  const head = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0xc2, 0, 0]);
  const body = Buffer.concat([head, ...fields]);
  return Buffer.concat([Buffer.from([0x10, ...varint(body.length)]), body]);
}

function publishPacket(topic: string, payload: string, messageId: number): Buffer {
  const length = 2 + topic.length + 2 + payload.length;
  const size = varint(length);
  const packet = Buffer.allocUnsafe(1 + size.length + length);
  packet[0] = 0x32;
  for (let index = 0; index < size.length; index++) packet[1 + index] = size[index] as number;
  let offset = 1 + size.length;
  packet.writeUInt16BE(topic.length, offset);
  packet.write(topic, offset + 2, 'latin1');
  offset += 2 + topic.length;
  packet.writeUInt16BE(messageId, offset);
  packet.write(payload, offset + 2, 'latin1');
  return packet;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest & 127;
    rest >>>= 7;
    bytes.push(rest > 0 ? byte | 128 : byte);
  } while (rest > 0);
  return bytes;
}
