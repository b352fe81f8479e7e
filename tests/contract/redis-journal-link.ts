// A TCP link that a test may hold up, or lead elsewhere: between a primary and its replica, and as the address that REDIS_URL names.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Link {
  readonly port: number;
  /** What the server sends from now on is kept back; nobody finds the connection broken. */
  hold(): void;
  /** What was kept back goes on its way. */
  release(): void;
  /** Connections end, with what was kept back; new ones go to this port. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function openLink(targetPort: number): Promise<Link> {
  let target = targetPort;
  let held = false;
  /** By the server's side. */
  const clients = new Map<Socket, Socket>();

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    clients.set(upstream, client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        clients.delete(upstream);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => client.write(chunk));
    if (held) upstream.pause();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const [upstream, client] of clients) {
      upstream.destroy();
      client.destroy();
    }
  }

  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      held = true;
      for (const upstream of clients.keys()) upstream.pause();
    },
    release() {
      held = false;
      for (const upstream of clients.keys()) upstream.resume();
    },
    leadTo(port) {
      target = port;
      cut();
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
