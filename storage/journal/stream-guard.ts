// Stands before every append and read of the journal on Redis, because Redis can come back as another one: restored from an older copy,
// emptied, or set up so that it loses data. Promise: nothing is appended to a stream whose next number counts as consumed already.
import type { Pool } from 'pg';
import { ConfigurationError, TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { againstPostgres } from '../readings/postgres-failure.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { replyCodeOf, untrustedCertificateOf } from '../redis-outage.ts';
import { readOffsets } from './committed-offsets.ts';
import { noteStreamsMade, settleOnRedis } from './journal-engine.ts';
import { readJournalPartitions } from './journal-partitions.ts';
import { checkRedisServer, type RedisServer } from './redis-durability.ts';
import { asRedisJournalOutage } from './redis-failure.ts';
import { INSTALLATION_KEY, seqOf, streamKey } from './redis-keys.ts';

/** An append waits so long for a Redis that is just coming back. */
const READY_WITHIN_MS = 3_000;
const LOOK_AGAIN_AFTER_MS = 1_000;

export interface StreamState {
  readonly partition: number;
  /** Sequence of the newest record that ever was in it. */
  readonly newest: number;
  readonly records: number;
  /** Of Redis's memory. */
  readonly bytes: number;
  /** Every record up to it is consumed. */
  readonly committed: number;
}

export interface StreamGuard {
  /**
   * To be awaited immediately before a command is sent. Costs nothing while it is the same connection. Throws TemporaryFailure:
   * `journal_unavailable`, `journal_lost` (logged once as ERROR), `journal_unsafe` (too).
   */
  pass(): Promise<RedisServer>;
  /** All streams as they are now, in the order of partitions. Throws as `pass`. */
  inspect(): Promise<readonly StreamState[]>;
  /** Of a record that was written just now. Throws where its number was acknowledged for another one. */
  checkNumber(partition: number, seq: number): void;
  /** Of a record that is about to be acknowledged: should it be gone one day, that is an ERROR. */
  noteAcknowledged(partition: number, seq: number): void;
  /** A stream turned out to be missing: looks again, and throws. */
  missing(): Promise<never>;
  /** A reader after `after` found `seq` next. Throws where what lies between was never consumed. */
  checkHole(partition: number, after: number, seq: number): Promise<void>;
  /** For a start: throws ConfigurationError for what only a person can mend, and what pg and ioredis throw. */
  checkSettings(): Promise<void>;
}

export interface StreamGuardDeps {
  readonly redis: RedisConnection;
  /** Of the database with the offsets. */
  readonly pool: Pool;
  readonly log: Log;
}

export function createStreamGuard({ redis, pool, log }: StreamGuardDeps): StreamGuard {
  const { client } = redis;
  let server: RedisServer | undefined;
  let checkedEpoch = 0;
  let checking: Promise<void> | undefined;
  let trouble: { readonly failure: TemporaryFailure; readonly until: number } | undefined;
  /** Newest that this process was told of. */
  const acknowledged = new Map<number, number>();

  function refuse(code: string, message: string, cause?: unknown): TemporaryFailure {
    const failure = new TemporaryFailure(code, message, { cause });
    if (trouble?.failure.message !== message) log.error({ code }, message);
    trouble = { failure, until: performance.now() + LOOK_AGAIN_AFTER_MS };
    return failure;
  }

  function againstRedis<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      redis.noteFailure(error);
      throw asRedisJournalOutage(error);
    });
  }

  async function connect(): Promise<void> {
    await againstRedis(redis.ready(READY_WITHIN_MS));
  }

  /** Whose Redis it is; nobody's becomes ours. Writes only then: one that is full must let those in who consume. */
  async function readInstallation(ours: string): Promise<string | null> {
    const found = await againstRedis(client.get(INSTALLATION_KEY));
    if (found !== null) return found;
    await againstRedis(client.set(INSTALLATION_KEY, ours, 'NX'));
    return againstRedis(client.get(INSTALLATION_KEY));
  }

  async function settle(): Promise<void> {
    const mark = await againstPostgres(() => settleOnRedis(pool));
    if ((await readInstallation(mark.id)) !== mark.id) throw anotherInstallation();
    if (mark.isMade) return;
    await againstPostgres(() => readJournalPartitions(pool));
    const committed = [...(await againstPostgres(() => readOffsets(pool)))];
    const keys = committed.map(([partition]) => streamKey(partition));
    await againstRedis(client.makeStreams(keys.length, ...keys, ...committed.map(([, seq]) => seq)));
    await againstPostgres(() => noteStreamsMade(pool));
  }

  async function look(): Promise<StreamState[]> {
    const expected = new Map(acknowledged);
    // Asked for first: what is consumed by then lies in the streams by then.
    const committed = [...(await againstPostgres(() => readOffsets(pool)))];
    const keys = committed.map(([partition]) => streamKey(partition));
    const states = await againstRedis(client.lookAtStreams(keys.length, ...keys));
    const lost: string[] = [];
    const found = committed.map(([partition, consumed], index): StreamState => {
      const [id, records, bytes] = states[index] ?? ['0-0', 0, 0];
      const newest = seqOf(id);
      if (!states[index] || newest < consumed)
        lost.push(describeLoss(partition, states[index] ? newest : undefined, consumed));
      else noteLostTail(partition, newest, expected.get(partition) ?? 0);
      return { partition, newest, records, bytes, committed: consumed };
    });
    if (lost.length > 0)
      throw refuse('journal_lost', `The journal on Redis is not the one that was used last. ${lost.join(' ')}`);
    return found;
  }

  /** The numbers after it are free to be used again; what is gone is gone. */
  function noteLostTail(partition: number, newest: number, expected: number): void {
    if (newest >= expected) return;
    log.error({ partition, newest, expected }, 'Redis has lost records of the journal that were acknowledged');
    acknowledged.set(partition, newest);
  }

  /** What only a person can mend, while the journal is in use: an ERROR, and nothing is taken. */
  async function refuseUnsafe(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw error instanceof ConfigurationError ? refuse('journal_unsafe', error.message, error) : error;
    }
  }

  async function checkServer(): Promise<void> {
    const found = await againstRedis(checkRedisServer(client));
    // Once there was a replica it is waited for, as long as this process lives: who goes on without one loses records in a fail-over.
    server = { ...found, hasReplicas: found.hasReplicas || server?.hasReplicas === true };
  }

  async function check(): Promise<void> {
    const { epoch } = redis;
    await refuseUnsafe(checkServer);
    await refuseUnsafe(settle);
    await look();
    checkedEpoch = epoch;
    if (trouble) log.info('the journal on Redis is whole');
    trouble = undefined;
  }

  async function pass(): Promise<RedisServer> {
    if (trouble && performance.now() < trouble.until) throw trouble.failure;
    if (client.status !== 'ready') await connect();
    if (checkedEpoch !== redis.epoch || trouble || !server) {
      checking ??= check().finally(() => {
        checking = undefined;
      });
      await checking;
      if (checkedEpoch !== redis.epoch || !server)
        throw new TemporaryFailure('journal_unavailable', "the journal's Redis was lost while it was looked at");
    }
    return server;
  }

  return {
    pass,
    async inspect() {
      await pass();
      // Settings may have been changed meanwhile, and a replica may have come.
      await refuseUnsafe(checkServer);
      return look();
    },
    checkNumber(partition, seq) {
      const before = acknowledged.get(partition) ?? 0;
      if (seq <= before)
        throw refuse(
          'journal_lost',
          `A record of partition ${partition} got the number ${seq}, but ${before} was given before.`,
        );
    },
    noteAcknowledged(partition, seq) {
      acknowledged.set(partition, Math.max(seq, acknowledged.get(partition) ?? 0));
    },
    async missing() {
      await look();
      throw new TemporaryFailure('journal_unavailable', 'a stream of the journal was missing for a moment');
    },
    async checkHole(partition, after, seq) {
      const committed = (await againstPostgres(() => readOffsets(pool))).get(partition) ?? 0;
      if (seq - 1 <= committed) return;
      const first = Math.max(after, committed) + 1;
      throw refuse(
        'journal_lost',
        `Records ${first} to ${seq - 1} of partition ${partition} are missing in the journal on Redis and were never consumed. Restore ` +
          `a copy that has them; or, to go on without them, in Postgres: update journal_partitions set seq = ${seq - 1} where partition = ${partition}`,
      );
    },
    async checkSettings() {
      try {
        await connect();
        await checkServer();
        await settle();
      } catch (error) {
        throw asMisconfigured(error) ?? error;
      }
    },
  };
}

function describeLoss(partition: number, newest: number | undefined, committed: number): string {
  const found = newest === undefined ? 'has no stream' : `ends with record ${newest}`;
  return (
    `Partition ${partition} ${found}, but ${committed} was consumed: restore a newer copy; or, to go on without what is missing: ` +
    `redis-cli XADD ${streamKey(partition)} 0-${Math.max(1, committed)} n 0 b "".`
  );
}

const anotherInstallation = () =>
  new ConfigurationError([
    {
      name: 'REDIS_URL',
      given: "a Redis with another installation's journal",
      allowed: 'another Redis, or another database of it, as in redis://host:6379/1',
    },
  ]);

/** What passes later, when somebody mends it, but at a start is told at once. */
function asMisconfigured(error: unknown): ConfigurationError | undefined {
  const cause = error instanceof TemporaryFailure ? error.cause : error;
  if (['NOAUTH', 'WRONGPASS', 'NOPERM'].includes(replyCodeOf(cause) ?? ''))
    return misconfigured(
      '(hidden)',
      'a user and password that this Redis takes, as in rediss://user:password@host:6379, allowed all commands on pulseward:*',
    );
  const untrusted = untrustedCertificateOf(cause);
  if (untrusted === undefined) return undefined;
  return misconfigured(
    `a server whose certificate isn't trusted (${untrusted})`,
    'a certificate for the host of REDIS_URL, signed by an authority that Node knows, or that the file named by NODE_EXTRA_CA_CERTS holds',
  );
}

const misconfigured = (given: string, allowed: string) =>
  new ConfigurationError([{ name: 'REDIS_URL', given, allowed }]);
