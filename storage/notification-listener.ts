// LISTEN on a connection of its own that reconnects by itself. A notification is a hint: whoever listens has a poll behind it.
// Promise: `onConnected` runs after each (re)connect, once LISTEN is in force, so that what was missed can be read again.
import { Client } from 'pg';
import type { Log } from '../runtime/log.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export interface NotificationListener {
  /** Resolves once the first connection listens; a database that is away is not an error but tried again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface NotificationListenerDeps {
  readonly databaseUrl: string;
  /** Lower-case SQL identifiers. */
  readonly channels: readonly string[];
  readonly onNotification: (channel: string, payload: string) => void;
  readonly onConnected?: (() => void) | undefined;
  readonly log?: Log | undefined;
}

export function createNotificationListener(deps: NotificationListenerDeps): NotificationListener {
  let client: Client | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  let stopped = false;
  let retryMs = FIRST_RETRY_MS;

  async function connect(): Promise<void> {
    const candidate = new Client({
      connectionString: deps.databaseUrl,
      application_name: `pulseward listen ${deps.channels.join(',')}`,
      keepAlive: true,
      connectionTimeoutMillis: LAST_RETRY_MS,
    });
    client = candidate;
    let lost = false;
    const retry = (error?: Error) => {
      if (lost || stopped) return;
      lost = true;
      deps.log?.warn({ err: error }, 'listening to the database was interrupted, reconnecting');
      candidate.end().catch((err: unknown) => deps.log?.debug({ err }, 'closing a lost connection failed'));
      retryTimer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    };
    candidate.on('error', retry);
    candidate.on('end', () => retry());
    candidate.on('notification', ({ channel, payload }) => deps.onNotification(channel, payload ?? ''));
    try {
      await candidate.connect();
      for (const channel of deps.channels) await candidate.query(`listen ${candidate.escapeIdentifier(channel)}`);
    } catch (error) {
      return retry(error instanceof Error ? error : undefined);
    }
    retryMs = FIRST_RETRY_MS;
    deps.onConnected?.();
  }

  return {
    start: connect,
    async stop() {
      stopped = true;
      clearTimeout(retryTimer);
      await client?.end();
      client = undefined;
    },
  };
}
