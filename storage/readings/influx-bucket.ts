// The bucket with the readings: found, or made so that it keeps them for ever, and the name by which InfluxQL knows it.
import { ConfigurationError } from '../../runtime/errors.ts';
import { type InfluxConnection, InfluxRefusal } from './influx-connection.ts';

export interface InfluxBucket {
  readonly bucketId: string;
  readonly orgId: string;
  /** What InfluxQL calls it. */
  readonly database: string;
  readonly retentionPolicy: string;
  /** 0: for ever. */
  readonly keepsSeconds: number;
}

export interface FoundBucket {
  readonly id: string;
  readonly orgID: string;
  readonly retentionRules?: readonly { readonly everySeconds: number }[];
}

interface Mapping {
  readonly database: string;
  readonly retention_policy: string;
  /** InfluxDB's own: it steps back where somebody has made one of the same name. */
  readonly virtual?: boolean;
}

/** Throws ConfigurationError and TemporaryFailure. */
export async function provideBucket(influx: InfluxConnection): Promise<InfluxBucket> {
  const { bucket: name } = influx.settings;
  const { id, orgID, retentionRules } = await findOrMakeBucket(influx, name, 0);
  const mapping = (await readMapping(influx, orgID, id)) ?? (await makeMapping(influx, orgID, id));
  return {
    bucketId: id,
    orgId: orgID,
    database: mapping.database,
    retentionPolicy: mapping.retention_policy,
    keepsSeconds: keepsSecondsOf(retentionRules),
  };
}

/** 0: for ever. @param endsAt performance.now(). Throws InfluxRefusal and TemporaryFailure. */
export async function readKeepsSeconds(influx: InfluxConnection, bucketId: string, endsAt?: number): Promise<number> {
  const text = await influx.ask({ method: 'GET', path: `/api/v2/buckets/${bucketId}`, endsAt });
  return keepsSecondsOf((JSON.parse(text) as FoundBucket).retentionRules);
}

const keepsSecondsOf = (rules: FoundBucket['retentionRules'] = []): number =>
  Math.max(0, ...rules.map(({ everySeconds }) => everySeconds));

/** An existing one is left as it is. `keepSeconds` 0: for ever. Throws ConfigurationError and TemporaryFailure. */
export async function findOrMakeBucket(
  influx: InfluxConnection,
  name: string,
  keepSeconds: number,
): Promise<FoundBucket> {
  const { org } = influx.settings;
  const found = await refusalsNamed(influx, () => findBucket(influx, name));
  if (found !== undefined) return found;
  const orgs = await refusalsNamed(influx, () =>
    askJson<{ orgs: readonly { id: string }[] }>(influx, `/api/v2/orgs?org=${encodeURIComponent(org)}`),
  );
  if (orgs === undefined) throw noSuchOrg(org);
  const orgID = orgs.orgs[0]?.id;
  const retentionRules = keepSeconds === 0 ? [] : [{ type: 'expire', everySeconds: keepSeconds }];
  try {
    if (orgID === undefined) throw new InfluxRefusal(403);
    const body = { orgID, name, retentionRules };
    return JSON.parse(await influx.ask({ method: 'POST', path: '/api/v2/buckets', body })) as FoundBucket;
  } catch (error) {
    if (!(error instanceof InfluxRefusal)) throw error;
    throw new ConfigurationError([
      {
        name: 'INFLUX_BUCKET',
        given: JSON.stringify(name),
        allowed: `a bucket that this token may read and write, or a token that may make it (InfluxDB answered ${error.status})`,
      },
    ]);
  }
}

async function findBucket(influx: InfluxConnection, name: string): Promise<FoundBucket | undefined> {
  const query = `name=${encodeURIComponent(name)}&org=${encodeURIComponent(influx.settings.org)}`;
  const found = await askJson<{ buckets: readonly FoundBucket[] }>(influx, `/api/v2/buckets?${query}`);
  return found?.buckets[0];
}

/** Where the bucket's own name leads somewhere else, as it may in an InfluxDB that was a version 1, undefined. */
async function readMapping(influx: InfluxConnection, orgId: string, bucketId: string): Promise<Mapping | undefined> {
  const ours = await askMappings(influx, `orgID=${orgId}&bucketID=${bucketId}`);
  const made = ours.find(({ virtual }) => !virtual);
  const [own] = ours;
  if (made !== undefined || own === undefined) return made;
  const namesakes = await askMappings(influx, `orgID=${orgId}&db=${encodeURIComponent(own.database)}`);
  const isTaken = namesakes.some((other) => !other.virtual && other.retention_policy === own.retention_policy);
  return isTaken ? undefined : own;
}

async function askMappings(influx: InfluxConnection, query: string): Promise<readonly Mapping[]> {
  const path = `/api/v2/dbrps?${query}`;
  const found = await refusalsNamed(influx, () => askJson<{ content: readonly Mapping[] }>(influx, path));
  return found?.content ?? [];
}

async function makeMapping(influx: InfluxConnection, orgID: string, bucketID: string): Promise<Mapping> {
  const mapping = { database: `pulseward_${bucketID}`, retention_policy: 'autogen' };
  const body = { ...mapping, orgID, bucketID, default: true };
  await refusalsNamed(influx, () => influx.ask({ method: 'POST', path: '/api/v2/dbrps', body }));
  return mapping;
}

/** undefined: there is none. */
export async function askJson<T>(influx: InfluxConnection, path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await influx.ask({ method: 'GET', path })) as T;
  } catch (error) {
    if (error instanceof InfluxRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** What InfluxDB refuses is told by the variable that is to be changed: throws ConfigurationError. */
export async function refusalsNamed<T>(influx: InfluxConnection, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof InfluxRefusal)) throw error;
    const { org } = influx.settings;
    const allowed = `a token of the organisation ${JSON.stringify(org)} (INFLUX_ORG) that may read and write its buckets (InfluxDB answered ${error.status})`;
    throw new ConfigurationError([{ name: 'INFLUX_TOKEN', given: '(hidden)', allowed }]);
  }
}

function noSuchOrg(org: string): ConfigurationError {
  const allowed = 'the name of an organisation of this InfluxDB';
  return new ConfigurationError([{ name: 'INFLUX_ORG', given: JSON.stringify(org), allowed }]);
}
