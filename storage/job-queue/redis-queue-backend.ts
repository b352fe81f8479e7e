// BullMQ on Redis. The keys may vanish at any moment: a job is a hint, and the reconciler finds in the tables what was lost.
import { createRedisBackend } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../runtime/log.ts';
import { openRedis } from '../redis-connection.ts';
import type { QueueBackend } from './queue-backend.ts';

/** Whoever adds or works waits so long for a Redis that is away. */
const READY_WITHIN_MS = 2_000;
/** A worker blocks up to 10 s for the next job. */
const COMMAND_TIMEOUT_MS = 15_000;

export interface RedisQueueBackendDeps {
  readonly redisUrl: string;
  /** Shown in CLIENT LIST, e.g. `pulseward alerting queue`. */
  readonly name: string;
  readonly log?: Log | undefined;
}

export function createRedisQueueBackend({ redisUrl, name, log }: RedisQueueBackendDeps): QueueBackend<Redis> {
  const redis = openRedis(redisUrl, { name, commandTimeoutMs: COMMAND_TIMEOUT_MS, log });
  const { client } = redis;
  // A worker blocks on a copy, which BullMQ does not always get to end: without an answer it would go on connecting for ever.
  const copies: Redis[] = [];
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (override) => {
    const copy = duplicate(override);
    copies.push(copy);
    return copy;
  };
  return {
    createBackend: createRedisBackend,
    connection: client,
    prefix: 'pulseward:queue',
    prepare: () => redis.ready(READY_WITHIN_MS),
    ping: redis.ping,
    noteFailure: redis.noteFailure,
    async close() {
      for (const copy of copies) copy.disconnect();
      redis.close();
    },
  };
}
