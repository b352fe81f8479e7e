// Tells a process which registry rows have changed anywhere, so that its caches forget them: LISTEN first, a poll as safety net.
// Promise: every committed change is announced at least once, within about 2 s even when notifications are lost.
import { type Kysely, sql } from 'kysely';
import type { Pool } from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { Database } from '../database-schema.ts';
import { createNotificationListener } from '../notification-listener.ts';

const POLL_MS = 2_000;
/** A change is dated when its row is written and visible when its transaction commits: reads overlap by this much. */
const OVERLAP_MS = 10_000;
const KEEP_MS = 60 * 60_000;
const PRUNE_EVERY_POLLS = 300;

/** Keys: `deviceKey`, `patientKey` as decimal text; the uuid of teams, organisations and users; `everything` has the key `*`. */
export const REGISTRY_ENTITIES = ['device', 'patient', 'team', 'organisation', 'user', 'device_model'] as const;
export type RegistryEntity = (typeof REGISTRY_ENTITIES)[number] | 'everything';
export type RegistryChangeListener = (entity: RegistryEntity, key: string) => void;

export interface RegistryChanges {
  /** Returns how to stop listening. A change may be announced more than once. */
  onChange(listener: RegistryChangeListener): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Anything of pg that runs a statement: a pool, or the client that holds the transaction. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

const INSERT = 'insert into registry_changes (entity, key) values ($1, $2)';

/** To be called in the transaction of the change itself: announced when that commits. */
export async function recordChange(
  tx: Queryable | Kysely<Database>,
  entity: RegistryEntity,
  key: string | number,
): Promise<void> {
  if ('query' in tx) await tx.query(INSERT, [entity, String(key)]);
  else await sql`insert into registry_changes (entity, key) values (${entity}, ${String(key)})`.execute(tx);
}

export interface RegistryChangesDeps {
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly log?: Log | undefined;
}

export function createRegistryChanges({ pool, databaseUrl, log }: RegistryChangesDeps): RegistryChanges {
  const listeners = new Set<RegistryChangeListener>();
  const seen = new Set<number>();
  let polledAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> | undefined;
  let stopped = false;
  let failing = false;
  let polls = 0;

  const announce = (entity: string, key: string) => {
    for (const listener of listeners) listener(isEntity(entity) ? entity : 'everything', key);
  };

  async function poll(): Promise<void> {
    const since = polledAtMs === undefined ? undefined : polledAtMs - OVERLAP_MS;
    const { rows } = await pool.query<{ now_ms: number; change_id: number | null; entity: string; key: string }>(
      `select (extract(epoch from clock.now) * 1000)::int8 as now_ms, c.change_id, c.entity, c.key
       from (select clock_timestamp() as now) clock
       left join registry_changes c on c.at > coalesce(to_timestamp($1::float8 / 1000), clock.now)
       order by c.change_id`,
      [since],
    );
    const nowMs = rows[0]?.now_ms ?? 0;
    // Away for longer than rows are kept: nobody can say what was missed.
    if (since !== undefined && nowMs - since > KEEP_MS / 2) announce('everything', '*');
    const ids = new Set<number>();
    for (const { change_id: id, entity, key } of rows) {
      if (id === null) continue;
      ids.add(id);
      if (!seen.has(id)) announce(entity, key);
    }
    seen.clear();
    for (const id of ids) seen.add(id);
    polledAtMs = nowMs;
    polls += 1;
    if (polls % PRUNE_EVERY_POLLS === 0)
      await pool.query('delete from registry_changes where at < now() - $1 * interval $$1 ms$$', [KEEP_MS]);
  }

  async function pollAndSchedule(): Promise<void> {
    try {
      await poll();
      failing = false;
    } catch (error) {
      if (!failing) log?.warn({ err: error }, 'registry changes could not be read, trying again');
      failing = true;
    }
    if (!stopped) timer = setTimeout(() => (polling = pollAndSchedule()), POLL_MS);
  }

  const listener = createNotificationListener({
    databaseUrl,
    channels: ['registry_changes'],
    log,
    onNotification(_channel, payload) {
      const space = payload.indexOf(' ');
      announce(payload.slice(0, space), payload.slice(space + 1));
    },
  });

  return {
    onChange(added) {
      listeners.add(added);
      return () => listeners.delete(added);
    },
    async start() {
      await pollAndSchedule();
      await listener.start();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await polling;
      clearTimeout(timer);
      await listener.stop();
    },
  };
}

function isEntity(entity: string): entity is RegistryEntity {
  return REGISTRY_ENTITIES.some((known) => known === entity);
}
