// Whether this InfluxDB keeps what it has acknowledged, and keeps it as we write it.
import { ConfigurationError, type ConfigurationProblem } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { askJson, type InfluxBucket } from './influx-bucket.ts';
import { type InfluxConnection, InfluxRefusal } from './influx-connection.ts';
import { POINT_FIELDS } from './influx-points.ts';
import { type Answer, type RunStatements, readSeries, type Series } from './influx-query.ts';

const FSYNC_DELAY = 'storage-wal-fsync-delay';

/** Throws ConfigurationError and TemporaryFailure; what can't be found out is a WARN. */
export async function checkInflux(
  influx: InfluxConnection,
  { keepsSeconds }: InfluxBucket,
  run: RunStatements,
  log: Log,
): Promise<void> {
  const problems = [...(await findUnsafeSettings(influx, log)), ...(await findForeignFields(influx, run))];
  if (problems.length > 0) throw new ConfigurationError(problems);
  warnOfForgetting(influx, keepsSeconds, log);
}

export function warnOfForgetting({ settings: { bucket } }: InfluxConnection, keepsSeconds: number, log: Log): void {
  if (keepsSeconds === 0) return;
  const days = keepsSeconds / 86_400;
  log.warn({ bucket, days }, 'InfluxDB deletes the readings of this bucket after so many days, and refuses older ones');
}

/** Above 0 the last writes are lost with the power, although they were acknowledged. */
async function findUnsafeSettings(influx: InfluxConnection, log: Log): Promise<ConfigurationProblem[]> {
  let delay: unknown;
  try {
    const answer = await askJson<{ config: Record<string, unknown> }>(influx, '/api/v2/config');
    delay = answer?.config[FSYNC_DELAY];
  } catch (error) {
    if (!(error instanceof InfluxRefusal)) throw error;
  }
  if (delay === undefined) {
    log.warn(`only an operator's token can tell whether InfluxDB's ${FSYNC_DELAY} is 0s, as it is by default`);
    return [];
  }
  if (/^0[a-zµ]*$/.test(String(delay))) return [];
  const remedy = `0s; start influxd without --${FSYNC_DELAY}`;
  return [{ name: `InfluxDB setting ${FSYNC_DELAY}`, given: String(delay), allowed: remedy }];
}

type FieldKeys = Series<readonly [field: string, type: string]>;

/** A field has the type with which it was first written; whatever has another one is refused for ever. */
async function findForeignFields(influx: InfluxConnection, run: RunStatements): Promise<ConfigurationProblem[]> {
  const text = await run(`show field keys from ${Object.keys(POINT_FIELDS).join(', ')}`);
  const { results = [] } = JSON.parse(text) as Answer<FieldKeys>;
  // InfluxQL knows no organisation but the token's own, whatever INFLUX_ORG says: another one's buckets are not there for it.
  if (results.some(({ error = '' }) => error.startsWith('database not found'))) {
    const allowed = `a token that was made in the organisation ${JSON.stringify(influx.settings.org)} (INFLUX_ORG)`;
    return [{ name: 'INFLUX_TOKEN', given: '(hidden)', allowed }];
  }
  const wanted: Readonly<Record<string, Readonly<Record<string, string>>>> = POINT_FIELDS;
  const foreign = readSeries<FieldKeys['values'][number]>(text).flatMap(({ name, values }) =>
    values.filter(([field, type]) => (wanted[name]?.[field] ?? type) !== type).map(([field]) => `${name}.${field}`),
  );
  if (foreign.length === 0) return [];
  return [
    {
      name: 'INFLUX_BUCKET',
      given: `${JSON.stringify(influx.settings.bucket)}, where ${foreign.join(', ')} has another type than ours`,
      allowed: 'a bucket without measurements of others that are called cgm, smbg or bp',
    },
  ];
}
