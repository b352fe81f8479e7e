// An MQTT client that does exactly what a test says, packet by packet, also what no library would.
import { connect, type Socket } from 'node:net';
import { generate, type Packet, parser } from 'mqtt-packet';

export interface RawClient {
  readonly socket: Socket;
  /** Every packet received, oldest first. */
  readonly received: readonly Packet[];
  send(packet: Packet | Buffer): void;
  /** The first received packet that is not yet taken of this kind (and id); rejects when the connection ends before. */
  next<Kind extends Packet['cmd']>(cmd: Kind, messageId?: number): Promise<Extract<Packet, { cmd: Kind }>>;
  /** Resolves when the other side has ended it. */
  readonly closed: Promise<void>;
  publish(
    topic: string,
    payload: string | Buffer,
    options?: {
      readonly qos?: 0 | 1 | 2;
      readonly messageId?: number;
      readonly retain?: boolean;
      readonly dup?: boolean;
    },
  ): number;
  end(): void;
}

export interface SignInOptions {
  readonly username?: string;
  readonly password?: string;
  readonly clientId?: string;
  readonly clean?: boolean;
  readonly keepalive?: number;
  readonly protocolVersion?: 3 | 4 | 5;
  readonly will?: {
    readonly topic: string;
    readonly payload: Buffer;
    readonly qos: 0 | 1 | 2;
    readonly retain: boolean;
  };
}

export async function openRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Packet[] = [];
  const taken = new Set<Packet>();
  const waiting = new Set<() => void>();
  let ended = false;
  const read = parser({ protocolVersion: 4 });
  read.on('packet', (packet) => {
    received.push(packet);
    for (const look of [...waiting]) look();
  });
  socket.on('data', (chunk) => read.parse(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      ended = true;
      for (const look of [...waiting]) look();
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let lastId = 0;

  return {
    socket,
    received,
    closed,
    send: (packet) => void socket.write(Buffer.isBuffer(packet) ? packet : generate(packet)),
    next<Kind extends Packet['cmd']>(cmd: Kind, messageId?: number) {
      type Wanted = Extract<Packet, { cmd: Kind }>;
      return new Promise<Wanted>((resolve, reject) => {
        const isWanted = (packet: Packet): packet is Wanted =>
          packet.cmd === cmd && !taken.has(packet) && (messageId === undefined || packet.messageId === messageId);
        const look = () => {
          const found = received.find(isWanted);
          if (!found && !ended) return;
          waiting.delete(look);
          if (!found) return reject(new Error(`the connection ended before a ${cmd}`));
          taken.add(found);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    publish(topic, payload, { qos = 1, messageId, retain = false, dup = false } = {}) {
      const id = messageId ?? ++lastId;
      socket.write(
        generate({ cmd: 'publish', topic, payload, qos, retain, dup, ...(qos > 0 ? { messageId: id } : {}) }),
      );
      return id;
    },
    end: () => socket.destroy(),
  };
}

/** Answers the return code; 0 is signed in. */
export async function sendConnect(client: RawClient, options: SignInOptions): Promise<number> {
  const { username, password, clientId = 'test', clean = true, keepalive = 0, protocolVersion = 4, will } = options;
  client.send({
    cmd: 'connect',
    protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion,
    clientId,
    clean,
    keepalive,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
    ...(will ? { will } : {}),
  });
  return (await client.next('connack')).returnCode ?? 0;
}

/** Signed in, or an Error with the return code. */
export async function signIn(port: number, options: SignInOptions): Promise<RawClient> {
  const client = await openRaw(port);
  const returnCode = await sendConnect(client, options);
  if (returnCode !== 0) throw new Error(`CONNACK ${returnCode}`);
  return client;
}

/** A PINGREQ sent behind a packet is answered when the packet has been dealt with. */
export async function pingThrough(client: RawClient): Promise<void> {
  client.send({ cmd: 'pingreq' });
  await client.next('pingresp');
}

/** What came back so far, pings left out. */
export const answersOf = (client: RawClient) =>
  client.received.map(({ cmd }) => cmd).filter((cmd) => cmd !== 'pingresp');
