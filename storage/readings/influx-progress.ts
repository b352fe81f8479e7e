// How far the bucket has come, noted once a minute in it and then in Postgres, so that a bucket restored from an older copy shows: it has
// come less far than Postgres knows. What is missing is told; a loss of less than a minute isn't noticed.
import type { Pool } from 'pg';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Queryable } from '../alerts/queryable.ts';
import { inTransaction } from '../in-transaction.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { LAST_INSTANT_MS } from './influx-points.ts';
import { type RunStatements, readAnswer } from './influx-query.ts';
import { againstPostgres } from './postgres-failure.ts';

const SETTING = 'influx_progress';
const NOTE_EVERY_MS = 60_000;
const NOTE_WITHIN_MS = 3_000;

/** Epoch ms, never falling. */
interface Noted {
  readonly at: number;
}

interface ProgressAnswer {
  readonly results?: readonly {
    readonly series?: readonly { readonly values: readonly (readonly [time: number, at: number])[] }[];
  }[];
}

/** Throws TemporaryFailure `readings_unsafe` where the bucket lacks what it has had, and what passes by itself. */
export async function checkProgress(db: Queryable, run: RunStatements, bucket: string): Promise<void> {
  // Asked for first: what is known by then is in the bucket by then.
  const { rows } = await againstPostgres(() =>
    db.query<{ value: Noted }>('select value from installation_settings where name = $1', [SETTING]),
  );
  const known = rows[0]?.value.at;
  if (known === undefined) return;
  const always = `time >= -${LAST_INSTANT_MS}ms and time < ${LAST_INSTANT_MS}ms`;
  const answer = readAnswer(await run(`select last(progress) from pulseward where ${always}`)) as ProgressAnswer;
  const found = answer.results?.[0]?.series?.[0]?.values[0]?.[1];
  if (found !== undefined && found >= known) return;
  const reached = found === undefined ? 'says of no moment' : `ends at ${new Date(found).toISOString()}`;
  throw new TemporaryFailure(
    'readings_unsafe',
    `The bucket ${JSON.stringify(bucket)} is older than this installation: it ${reached}, but held readings stored until ` +
      `${new Date(known).toISOString()}. Restore a newer copy; or, to go on without what is missing, in Postgres: ` +
      `delete from installation_settings where name = '${SETTING}'`,
  );
}

export interface Progress {
  /** After a write. Returns at once. */
  note(): void;
  /** Resolves when nothing is under way. */
  settle(): Promise<void>;
}

export interface ProgressDeps {
  readonly influx: InfluxConnection;
  readonly pool: Pool;
  readonly log: Log;
}

export function createProgress({ influx, pool, log }: ProgressDeps): Progress {
  const { org, bucket } = influx.settings;
  const path = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}&precision=ms`;
  let notedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  /** One process at a time, the bucket first: it is never behind what Postgres says of it. */
  async function write(): Promise<void> {
    await inTransaction(pool, async (tx) => {
      await tx.query(
        `insert into installation_settings (name, value) values ($1, '{"at": 0}') on conflict do nothing`,
        [SETTING],
      );
      const { rows } = await tx.query<{ value: Noted }>(
        'select value from installation_settings where name = $1 for update',
        [SETTING],
      );
      const at = Math.max(Date.now(), (rows[0]?.value.at ?? 0) + 1);
      const endsAt = performance.now() + NOTE_WITHIN_MS;
      await influx.ask({ method: 'POST', path, body: `pulseward progress=${at}i ${at}`, endsAt });
      const noted: Noted = { at };
      await tx.query('update installation_settings set value = $2, set_at = now() where name = $1', [SETTING, noted]);
    });
  }

  return {
    note() {
      if (underWay || performance.now() - notedAt < NOTE_EVERY_MS) return;
      notedAt = performance.now();
      underWay = write()
        .catch((err: unknown) => log.debug({ err }, 'how far the bucket has come could not be noted'))
        .finally(() => {
          underWay = undefined;
        });
    },
    settle: async () => underWay,
  };
}
