// Whether this Redis keeps what it has acknowledged, through a crash and through a fail-over.
import type { Redis } from 'ioredis';
import { ConfigurationError, type ConfigurationProblem } from '../../runtime/errors.ts';
import { replyCodeOf } from '../redis-outage.ts';

export interface RedisServer {
  /** 0: without a limit. */
  readonly maxMemoryBytes: number;
  /** Whether a record counts only when a replica has it on disk, too. */
  readonly hasReplicas: boolean;
}

const REMEDY = 'set it in redis.conf, or by CONFIG SET and then CONFIG REWRITE';

const REQUIRED = [
  { setting: 'appendonly', safe: 'yes' },
  // `everysec` loses the last second of a power failure.
  { setting: 'appendfsync', safe: 'always' },
  // Otherwise `always` doesn't hold while the file is rewritten in the background.
  { setting: 'no-appendfsync-on-rewrite', safe: 'no' },
  { setting: 'maxmemory-policy', safe: 'noeviction' },
] as const;
const SECTIONS = ['server', 'memory', 'replication', 'cluster'];

/** Identifiers `0-*`. */
const OLDEST = [7, 0] as const;
/** WAITAOF. */
const OLDEST_WITH_REPLICAS = [7, 2] as const;

/** Throws ConfigurationError with everything under which an acknowledged reading could be lost; what ioredis throws when it is away. */
export async function checkRedisServer(client: Redis): Promise<RedisServer> {
  const [info, settings] = await Promise.all([readInfo(client), readSettings(client)]);
  const isReplicated = hasReplicas(info, settings);
  const problems = [...findUnfitServer(info, isReplicated), ...findUnsafeRedisSettings(settings)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { maxMemoryBytes: Number(info.get('maxmemory')), hasReplicas: isReplicated };
}

/**
 * Whether a replica is there that could confirm, or is demanded. `connected_slaves` counts backups, too (`redis-cli --rdb`), which never
 * confirm anything, and replicas that are still being filled, which a fail-over could not go to: only what is online counts.
 */
export function hasReplicas(info: ReadonlyMap<string, string>, settings: ReadonlyMap<string, string>): boolean {
  const isOnline = [...info].some(([name, value]) => /^slave\d+$/.test(name) && /(^|,)state=online(,|$)/.test(value));
  return isOnline || Number(settings.get('min-replicas-to-write')) > 0;
}

export function findUnfitServer(info: ReadonlyMap<string, string>, hasReplicas: boolean): ConfigurationProblem[] {
  const version = info.get('redis_version') ?? 'nothing';
  const problems: ConfigurationProblem[] = [];
  if (!isAtLeast(version, OLDEST))
    problems.push({ name: 'Redis version', given: version, allowed: `${OLDEST.join('.')} or newer` });
  else if (hasReplicas && !isAtLeast(version, OLDEST_WITH_REPLICAS))
    problems.push({
      name: 'Redis version',
      given: `${version} with replicas`,
      allowed: `${OLDEST_WITH_REPLICAS.join('.')} or newer where there are replicas: older ones can't say what a replica has on disk`,
    });
  if (info.get('cluster_enabled') === '1')
    problems.push({
      name: 'REDIS_URL',
      given: 'a node of a Redis Cluster',
      allowed: 'a single Redis, with or without replicas',
    });
  if (info.get('role') !== 'master')
    problems.push({ name: 'REDIS_URL', given: 'a replica', allowed: 'the primary, which alone takes writes' });
  return problems;
}

/** Empty where a setting can't be read: what isn't known isn't taken for safe. */
export function findUnsafeRedisSettings(settings: ReadonlyMap<string, string>): ConfigurationProblem[] {
  return REQUIRED.flatMap(({ setting, safe }) => {
    const given = settings.get(setting);
    if (given === safe) return [];
    const allowed =
      given === undefined ? `${safe}, and a user that may read it (ACL SETUSER … +config|get)` : `${safe}; ${REMEDY}`;
    return [{ name: `Redis setting ${setting}`, given: given ?? 'nothing: CONFIG GET is forbidden', allowed }];
  });
}

async function readInfo(client: Redis): Promise<Map<string, string>> {
  return parseInfo(String(await client.call('INFO', ...SECTIONS)));
}

/** What INFO answers. */
export function parseInfo(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
}

async function readSettings(client: Redis): Promise<Map<string, string>> {
  const names = [...REQUIRED.map(({ setting }) => setting), 'min-replicas-to-write'];
  try {
    const flat = (await client.call('CONFIG', 'GET', ...names)) as readonly string[];
    return new Map(names.flatMap((name) => (flat.includes(name) ? [[name, flat[flat.indexOf(name) + 1] ?? '']] : [])));
  } catch (error) {
    // Hosted services forbid or rename it.
    if (replyCodeOf(error) === 'NOPERM' || replyCodeOf(error) === 'ERR') return new Map();
    throw error;
  }
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [givenMajor = 0, givenMinor = 0] = version.split('.').map(Number);
  return givenMajor > major || (givenMajor === major && givenMinor >= minor);
}
