// A session lives on one broker: where it begins is announced to all before its CONNACK, and whoever had it ends its connection and
// forgets it. Postgres puts the announcements in one order, so that all come to the same end without comparing clocks.
// Promise: a lost announcement costs time, never data: the connection that is left over ends by its keepalive.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Log } from '../runtime/log.ts';
import { createNotificationListener } from '../storage/notification-listener.ts';
import type { DeviceConnection } from './device-connection.ts';

const CHANNEL = 'sessions';
/** Who comes after a pause is announced at once; what begins within this time after that is one notification. */
const ANNOUNCE_EVERY_MS = 30;
const TRY_AGAIN_MS = 500;
/** Nobody waits longer for a database that is away. */
const WAIT_AT_MOST_MS = 1_000;
/** Postgres takes less than 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7_500;

interface Announced {
  readonly connection: DeviceConnection;
  readonly number: number;
  /** `heard`: our own announcement has come back, so any other that comes is a later one. */
  state: 'waiting' | 'sent' | 'heard';
  /** Of the first attempt, whatever became of it. */
  readonly attempted: () => void;
}

/** `[broker, [[sessionId, number], …]]` */
type Announcement = readonly [broker: string, sessions: readonly (readonly [sessionId: string, number: number])[]];

export interface SessionTakeover {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** It is about to begin. Resolves once it is announced, or when that can't be done soon; never rejects. */
  announce(connection: DeviceConnection): Promise<void>;
  ended(connection: DeviceConnection): void;
}

export interface SessionTakeoverDeps {
  readonly pool: Pool;
  readonly databaseUrl: string;
  /** A session begins elsewhere: what is kept of it here is of no use any more. */
  readonly forget: (sessionId: string) => void;
  readonly log: Log;
}

export function createSessionTakeover({ pool, databaseUrl, forget, log }: SessionTakeoverDeps): SessionTakeover {
  const brokerId = randomUUID();
  const sessions = new Map<string, Announced>();
  let lastNumber = 0;
  let mayAnnounceAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let announcing: Promise<void> | undefined;
  let stopped = false;

  const listener = createNotificationListener({
    databaseUrl,
    channels: [CHANNEL],
    log,
    onNotification: (_channel, payload) => take(JSON.parse(payload) as Announcement),
    onConnected() {
      // What was sent before came back, or never will.
      for (const each of sessions.values()) if (each.state === 'sent') each.state = 'heard';
    },
  });

  function take([broker, begun]: Announcement): void {
    for (const [sessionId, number] of begun) {
      const own = sessions.get(sessionId);
      if (broker === brokerId) {
        if (own?.number === number) own.state = 'heard';
      } else if (own === undefined || own.state === 'heard') {
        forget(sessionId);
        own?.connection.close('taken_over');
      }
      // Otherwise ours is still to come, and theirs will yield to it.
    }
  }

  async function announceWaiting(): Promise<void> {
    const waiting = [...sessions].filter(([, { state }]) => state === 'waiting');
    mayAnnounceAt = performance.now() + ANNOUNCE_EVERY_MS;
    try {
      for (const part of cut(waiting)) {
        for (const [, each] of part) each.state = 'sent';
        const announcement: Announcement = [brokerId, part.map(([sessionId, { number }]) => [sessionId, number])];
        await pool.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(announcement)]);
        for (const [, each] of part) each.attempted();
      }
    } catch (error) {
      log.debug({ err: error }, 'sessions could not be announced, trying again');
      // Whether it was sent isn't known; a second time does no harm.
      for (const [, each] of waiting) {
        if (each.state === 'sent') each.state = 'waiting';
        each.attempted();
      }
      mayAnnounceAt = performance.now() + TRY_AGAIN_MS;
    }
    announcing = undefined;
    if ([...sessions.values()].some(({ state }) => state === 'waiting')) schedule();
  }

  function schedule(): void {
    if (stopped || timer || announcing) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        announcing = announceWaiting();
      },
      Math.max(0, mayAnnounceAt - performance.now()),
    );
  }

  return {
    start: () => listener.start(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await announcing;
      await listener.stop();
    },
    async announce(connection) {
      const { promise, resolve } = Promise.withResolvers<void>();
      sessions.set(connection.sessionId, { connection, number: ++lastNumber, state: 'waiting', attempted: resolve });
      schedule();
      const late = setTimeout(resolve, WAIT_AT_MOST_MS);
      await promise;
      clearTimeout(late);
    },
    ended(connection) {
      if (sessions.get(connection.sessionId)?.connection === connection) sessions.delete(connection.sessionId);
    },
  };
}

/** In parts that fit a notification each. */
function* cut(waiting: readonly (readonly [sessionId: string, Announced])[]): Generator<(typeof waiting)[number][]> {
  let part: (typeof waiting)[number][] = [];
  let bytes = 0;
  for (const each of waiting) {
    const size = Buffer.byteLength(JSON.stringify([each[0], each[1].number])) + 1;
    if (part.length > 0 && bytes + size > MAX_PAYLOAD_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(each);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
