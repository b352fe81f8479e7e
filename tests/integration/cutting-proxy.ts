// Stands between a worker and Postgres, and loses the answer to a statement: what a network does whose link dies at the wrong moment.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** The same database by way of the proxy. */
  readonly url: string;
  /** The next connection that sends these characters is heard by Postgres to the end, but hears nothing any more. */
  muteNext(marker: string): void;
  /** Whether such a connection has come. */
  hasMuted(): boolean;
  /** Its client finds it broken; Postgres doesn't notice. */
  cut(): void;
  close(): Promise<void>;
}

export async function createCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const muted = new Set<Socket>();
  let marker: string | undefined;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (chunk) => {
      if (marker !== undefined && chunk.includes(marker)) {
        marker = undefined;
        muted.add(client);
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!muted.has(client)) client.write(chunk);
    });
    client.on('end', () => upstream.end());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${(server.address() as AddressInfo).port}` }).href,
    muteNext(characters) {
      marker = characters;
    },
    hasMuted: () => muted.size > 0,
    cut() {
      for (const client of muted) client.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
