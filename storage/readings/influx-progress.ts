// How far the bucket has come, noted once a minute in it and then in Postgres, so that a bucket restored from an older copy shows: it has
// come less far than Postgres knows. Whoever notes looks first. What is missing is told; a loss of less than a minute isn't noticed.
import type { Pool } from 'pg';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Queryable } from '../alerts/queryable.ts';
import { inTransaction } from '../in-transaction.ts';
import { readKeepsSeconds } from './influx-bucket.ts';
import type { InfluxConnection } from './influx-connection.ts';
import type { OwnBucket } from './influx-guard.ts';
import { type InfluxMark, readMark, writeMark } from './influx-mark.ts';
import { askInfluxQl } from './influx-query.ts';
import { againstPostgres } from './postgres-failure.ts';

const SETTING = 'influx_progress';
const NOTE_EVERY_MS = 60_000;
const NOTE_WITHIN_MS = 3_000;
/** How far InfluxDB's clock may be from ours. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** Epoch ms, never falling. */
interface Noted {
  readonly at: number;
}

/** Throws TemporaryFailure `readings_unsafe` where the bucket lacks what it has had, and what passes by itself. */
export async function checkProgress(
  db: Queryable,
  influx: InfluxConnection,
  bucket: OwnBucket,
  endsAt: number,
): Promise<void> {
  // Asked for first: what is known by then is in the bucket by then.
  const { rows } = await againstPostgres(() =>
    db.query<{ value: Noted }>('select value from installation_settings where name = $1', [SETTING]),
  );
  const known = rows[0]?.value.at;
  if (known !== undefined) await compare(known, influx, bucket, endsAt);
}

/** @param known 0: nothing is */
async function compare(
  known: number,
  influx: InfluxConnection,
  bucket: OwnBucket,
  endsAt: number,
): Promise<InfluxMark> {
  const mark = await readMark((statements) => askInfluxQl(influx, bucket, statements, endsAt));
  const { progress: found } = mark;
  if (known === 0 || (found !== undefined && found >= known)) return mark;
  // Nothing was written for longer than the bucket keeps anything: the note is gone as all that it spoke of.
  const keepsSeconds = await readKeepsSeconds(influx, bucket.bucketId, endsAt);
  if (keepsSeconds > 0 && known < Date.now() + CLOCKS_DIFFER_MS - keepsSeconds * 1_000) return mark;
  const reached = found === undefined ? 'says of no moment' : `ends at ${new Date(found).toISOString()}`;
  throw new TemporaryFailure(
    'readings_unsafe',
    `The bucket ${JSON.stringify(influx.settings.bucket)} is older than this installation: it ${reached}, but held readings stored until ` +
      `${new Date(known).toISOString()}. Restore a newer copy; or, to go on without what is missing, in Postgres: ` +
      `delete from installation_settings where name = '${SETTING}'`,
  );
}

export interface Progress {
  /** After a write. Returns at once. */
  note(bucket: OwnBucket): void;
  /** Resolves when nothing is under way. */
  settle(): Promise<void>;
}

export interface ProgressDeps {
  readonly influx: InfluxConnection;
  readonly pool: Pool;
  readonly log: Log;
  /** The bucket is not as it was: whoever asks for something next looks at it. */
  readonly doubt: () => void;
}

export function createProgress({ influx, pool, log, doubt }: ProgressDeps): Progress {
  let notedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  /**
   * One process at a time, the bucket first: it is never behind what Postgres says of it. Not over a note that is gone, so that a loss is
   * not covered up by whoever has not noticed that InfluxDB was away.
   */
  async function write(bucket: OwnBucket): Promise<void> {
    await inTransaction(pool, async (tx) => {
      await tx.query(
        `insert into installation_settings (name, value) values ($1, '{"at": 0}') on conflict do nothing`,
        [SETTING],
      );
      const { rows } = await tx.query<{ value: Noted }>(
        'select value from installation_settings where name = $1 for update',
        [SETTING],
      );
      const known = rows[0]?.value.at ?? 0;
      const endsAt = performance.now() + NOTE_WITHIN_MS;
      const { installation = bucket.installation } = await compare(known, influx, bucket, endsAt);
      if (installation !== bucket.installation)
        throw new TemporaryFailure('readings_unsafe', 'another installation has taken the bucket');
      const at = Math.max(Date.now(), known + 1);
      // Whose it is, too: a bucket that forgets would forget that.
      await writeMark(influx, { progress: at, installation }, at, endsAt);
      const noted: Noted = { at };
      await tx.query('update installation_settings set value = $2, set_at = now() where name = $1', [SETTING, noted]);
    });
  }

  return {
    note(bucket) {
      if (underWay || performance.now() - notedAt < NOTE_EVERY_MS) return;
      notedAt = performance.now();
      underWay = write(bucket)
        .catch((err: unknown) => {
          if (err instanceof TemporaryFailure && err.code === 'readings_unsafe') doubt();
          log.debug({ err }, 'how far the bucket has come could not be noted');
        })
        .finally(() => {
          underWay = undefined;
        });
    },
    settle: async () => underWay,
  };
}
