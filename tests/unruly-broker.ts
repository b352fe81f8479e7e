// A real MQTT broker that a test can make behave badly: withhold PUBACKs, cut lines, go away and come back on the same port.
// Keeps every message it was handed, acknowledged or not.
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';

export interface ReceivedMessage {
  readonly clientId: string;
  readonly topic: string;
  readonly text: string;
}

export interface UnrulyBroker {
  readonly url: string;
  /** On the `readings` topics, in the order of arrival. */
  readonly received: readonly ReceivedMessage[];
  connections(): number;
  /** Every n-th message on `readings` is taken and its line cut before the PUBACK; 0 stops it. */
  cutEvery(n: number): void;
  withholdAcknowledgements(withhold: boolean): void;
  /** CONNACK 5 for everybody from now on. */
  refuse(refuse: boolean): void;
  cutAll(): void;
  publish(topic: string, payload: string): Promise<void>;
  /** No port any more, all lines cut. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export async function startUnrulyBroker(): Promise<UnrulyBroker> {
  const received: ReceivedMessage[] = [];
  const sockets = new Set<Socket>();
  let every = 0;
  let withhold = false;
  let refusing = false;
  let port = 0;

  const broker = await Aedes.createBroker({
    authenticate: (_client, _username, _password, done) => {
      if (refusing) done(Object.assign(new Error('not now'), { returnCode: 5 }), null);
      else done(null, true);
    },
    authorizePublish: (client, packet, done) => {
      if (!packet.topic.endsWith('/readings')) return done(null);
      received.push({ clientId: client?.id ?? '', topic: packet.topic, text: packet.payload.toString() });
      if (withhold) return;
      // A turn later, so that earlier PUBACKs get out: else a pipelining client would never get on.
      if (every > 0 && received.length % every === 0) setImmediate(() => client?.conn.destroy());
      else done(null);
    },
  });
  let server = createListener();

  function createListener(): Server {
    return createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      broker.handle(socket);
    });
  }
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const goAway = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      cutAll();
    });

  await listen();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the broker has no port');
  port = address.port;

  return {
    url: `mqtt://127.0.0.1:${port}`,
    received,
    connections: () => sockets.size,
    cutEvery(n) {
      every = n;
    },
    withholdAcknowledgements(now) {
      withhold = now;
    },
    refuse(now) {
      refusing = now;
    },
    cutAll,
    publish: (topic, payload) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false } as const;
        broker.publish(packet, (failure) => (failure ? reject(failure) : resolve()));
      }),
    goAway,
    async comeBack() {
      server = createListener();
      await listen();
    },
    async stop() {
      if (server.listening) await goAway();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}
