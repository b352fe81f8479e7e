// Whether an installation's readings are in InfluxDB, and in which bucket: decided the first time that INFLUX_URL is set. Another bucket
// would be an empty one, or hold the devices of others under the same numbers.
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { ConfigurationError } from '../../runtime/errors.ts';

const SETTING = 'influx_readings';

interface Mark {
  /** Stands in the bucket, too. */
  readonly id: string;
  readonly bucketId: string;
}

export interface MarkedBucket {
  readonly bucketId: string;
  readonly name: string;
  readonly readMark: () => Promise<string | undefined>;
  readonly writeMark: (id: string) => Promise<void>;
}

/**
 * Answers the installation's id, which then stands in the bucket. Throws ConfigurationError where the bucket is not this installation's.
 * A copy of it, restored under another id, is; and so is one that has forgotten it, as long as nobody else has come since.
 */
export async function settleOnInflux(tx: Pick<PoolClient, 'query'>, bucket: MarkedBucket): Promise<string> {
  const { bucketId, name } = bucket;
  const known = await readMark(tx);
  const marked = await bucket.readMark();
  const isForgotten = marked === undefined && known?.bucketId === bucketId;
  if (marked !== known?.id && !isForgotten) throw anotherBucket(name, bucketId, known);
  const id = known?.id ?? randomUUID();
  if (marked === undefined) await bucket.writeMark(id);
  if (known?.bucketId === bucketId) return id;
  await tx.query(
    `insert into installation_settings (name, value) values ($1, $2)
     on conflict (name) do update set value = excluded.value, set_at = now()`,
    [SETTING, { id, bucketId } satisfies Mark],
  );
  return id;
}

/** For a start without INFLUX_URL. Throws ConfigurationError where the readings are in InfluxDB. */
export async function refuseToLeaveInflux(pool: Pick<PoolClient, 'query'>): Promise<void> {
  if ((await readMark(pool)) === undefined) return;
  throw new ConfigurationError([
    {
      name: 'INFLUX_URL',
      given: 'nothing',
      allowed:
        'the InfluxDB in which the readings of this installation are, with INFLUX_TOKEN, INFLUX_ORG and INFLUX_BUCKET',
    },
  ]);
}

async function readMark(db: Pick<PoolClient, 'query'>): Promise<Mark | undefined> {
  const { rows } = await db.query<{ value: Mark }>('select value from installation_settings where name = $1', [
    SETTING,
  ]);
  return rows[0]?.value;
}

function anotherBucket(name: string, bucketId: string, known: Mark | undefined): ConfigurationError {
  const isTheSame = known?.bucketId === bucketId;
  const given =
    known && !isTheSame
      ? `${JSON.stringify(name)}, which is not the bucket with the readings of this installation`
      : `${JSON.stringify(name)}, which holds the readings of another installation`;
  if (isTheSame) {
    const allowed =
      'a bucket of its own for each installation; this one forgot whose it was while nothing was written to it';
    return new ConfigurationError([{ name: 'INFLUX_BUCKET', given, allowed }]);
  }
  const allowed = known
    ? `the bucket with the id ${known.bucketId}, or a copy of it that was restored from a backup`
    : 'an empty bucket, or the name of one that is to be made';
  return new ConfigurationError([{ name: 'INFLUX_BUCKET', given, allowed }]);
}
