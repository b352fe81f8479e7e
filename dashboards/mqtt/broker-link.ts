// The way to a broker: the one that PULSEWARD_BROKER_URL names, else the one under the same supervisor.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { Peers } from '../../runtime/peers.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** A broker that died comes back within seconds, perhaps on another port. */
const KNOWN_FOR_MS = 1_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

export interface BrokerLink {
  /** Throws TemporaryFailure where no broker is known or it takes no connection within 3 s. */
  connect(): Promise<Socket>;
}

export interface BrokerLinkDeps {
  readonly brokerUrl: string | undefined;
  readonly peers: Pick<Peers, 'statuses'>;
}

export function createBrokerLink({ brokerUrl, peers }: BrokerLinkDeps): BrokerLink {
  let found: { readonly url: Promise<string>; readonly at: number } | undefined;

  async function findUrl(): Promise<string> {
    const brokers = (await peers.statuses()).filter(({ role, state }) => role === 'broker' && state === 'ready');
    // Plaintext never leaves this machine: it is the supervisor's own broker.
    const url = brokers.flatMap(({ addresses }) => addresses).find((address) => address.startsWith('mqtt:'));
    if (url === undefined) throw new TemporaryFailure('no_broker', 'no broker is ready under this supervisor');
    return url;
  }

  function urlOfBroker(): Promise<string> {
    if (brokerUrl !== undefined) return Promise.resolve(brokerUrl);
    const now = performance.now();
    if (!found || now - found.at > KNOWN_FOR_MS) found = { url: findUrl(), at: now };
    return found.url;
  }

  return {
    connect: async () => open(new URL(await urlOfBroker())),
  };
}

function open({ protocol, hostname, port }: URL): Promise<Socket> {
  const host = reachable(hostname.replace(/^\[|\]$/g, ''));
  const where = { host, port: Number(port || DEFAULT_PORTS[protocol]) };
  const isTls = protocol === 'mqtts:';
  const socket = isTls ? connectTls({ ...where, servername: host }) : connectPlain({ ...where, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (cause?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new TemporaryFailure('broker_away', 'the broker takes no connection', { cause }));
    };
    const timer = setTimeout(fail, CONNECT_TIMEOUT_MS);
    // Stays: an error without a listener would end the process.
    socket.on('error', fail);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

/** Who listens on every address is reached on loopback. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);
