// The one way to connect to Redis. Promises: nothing is sent that nobody waits for (no queue while it is away, nothing sent again by
// itself), a server that hangs is left for a new connection, and whoever asks is told when another connection began.
import { Redis } from 'ioredis';
import type { Log } from '../runtime/log.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const PING_WITHIN_MS = 1_500;
const COMMAND_TIMEOUT_MS = 8_000;
/** A server that hangs doesn't close its side either. */
const DISCONNECT_TIMEOUT_MS = 200;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 500;
/** While it reads its files after a start it is asked again at least so often. */
const LOADING_RETRY_MS = 250;
const KEEP_ALIVE_MS = 10_000;
/** How ioredis says it. */
const TIMED_OUT = 'Command timed out';

export interface RedisConnection {
  readonly client: Redis;
  /** Rises with every connection that became ready: what was found out about the server before may hold no longer. */
  readonly epoch: number;
  /** Connects where nobody has; throws the last failure, or that there was no answer, after `withinMs`. */
  ready(withinMs: number): Promise<void>;
  /**
   * To be told what a command failed with: a connection on which one was not answered in time is left for a new one, so that what is sent
   * to a server that hangs is sent once. Commands under way fail.
   */
  noteFailure(error: unknown): void;
  /** Answers whether the engine does. */
  ping(): Promise<void>;
  close(): void;
}

export interface RedisConnectionOptions {
  /** Shown in CLIENT LIST, e.g. `pulseward broker`. */
  readonly name: string;
  /** Default 8 s; a command that blocks on purpose needs more. */
  readonly commandTimeoutMs?: number | undefined;
  readonly log?: Log | undefined;
}

export function openRedis(url: string, { name, commandTimeoutMs, log }: RedisConnectionOptions): RedisConnection {
  const client = new Redis(url, {
    connectionName: name.replaceAll(' ', '-'),
    lazyConnect: true,
    // ioredis would keep commands without a bound, and send again by itself what may have been carried out already.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // With it commands under way fail when the connection does; otherwise they wait for their time-out.
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    maxLoadingRetryTime: LOADING_RETRY_MS,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(FIRST_RETRY_MS * 2 ** (times - 1), LAST_RETRY_MS),
    // A primary that became a replica keeps its connections.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  let epoch = 0;
  let lastFailure: Error | undefined;
  client.on('ready', () => {
    epoch++;
    lastFailure = undefined;
  });
  // Whoever asks for something is told by its failure; without a listener ioredis would write to the terminal.
  client.on('error', (error) => {
    lastFailure = error;
    log?.debug({ err: error }, 'the connection to Redis failed');
  });

  async function ready(withinMs: number): Promise<void> {
    if (client.status === 'ready') return;
    if (client.status === 'end') throw new Error('the connection to Redis is closed');
    if (client.status === 'wait') client.connect().catch(() => undefined);
    const becomes = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => becomes.reject(lastFailure ?? new Error(`no answer of Redis within ${withinMs} ms`)),
      withinMs,
    );
    client.once('ready', becomes.resolve);
    try {
      await becomes.promise;
    } finally {
      clearTimeout(timer);
      client.off('ready', becomes.resolve);
    }
  }

  return {
    client,
    get epoch() {
      return epoch;
    },
    ready,
    noteFailure(error) {
      if (error instanceof Error && error.message === TIMED_OUT) client.disconnect(true);
    },
    async ping() {
      await ready(PING_WITHIN_MS);
      await client.ping();
    },
    close: () => client.disconnect(),
  };
}
