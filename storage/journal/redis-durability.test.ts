import { expect, test } from 'vitest';
import { findUnfitServer, findUnsafeRedisSettings, hasReplicas, parseInfo } from './redis-durability.ts';

const info = (more: Record<string, string> = {}) =>
  new Map(Object.entries({ redis_version: '7.0.15', role: 'master', cluster_enabled: '0', ...more }));
const settings = (more: Record<string, string> = {}) =>
  new Map(
    Object.entries({
      appendonly: 'yes',
      appendfsync: 'always',
      'no-appendfsync-on-rewrite': 'no',
      'maxmemory-policy': 'noeviction',
      ...more,
    }),
  );
const names = (problems: readonly { readonly name: string }[]) => problems.map(({ name }) => name);

test('the settings that ship are safe, on a single server of 7.0 and with replicas from 7.2 on', () => {
  expect(findUnsafeRedisSettings(settings())).toEqual([]);
  expect(findUnfitServer(info(), false)).toEqual([]);
  expect(findUnfitServer(info({ redis_version: '7.2.4' }), true)).toEqual([]);
  expect(findUnfitServer(info({ redis_version: '10.0.1' }), true)).toEqual([]);
});

test.each([
  ['appendonly', 'no'],
  ['appendfsync', 'everysec'],
  ['no-appendfsync-on-rewrite', 'yes'],
  ['maxmemory-policy', 'allkeys-lru'],
])('%s=%s is refused, and nothing else with it', (setting, value) => {
  expect(findUnsafeRedisSettings(settings({ [setting]: value }))).toMatchObject([
    { name: `Redis setting ${setting}`, given: value },
  ]);
});

test('settings that a hosted Redis does not show are not taken for safe, and who may read them is said', () => {
  const problems = findUnsafeRedisSettings(new Map());
  expect(problems).toHaveLength(4);
  expect(problems[0]?.allowed).toContain('+config|get');
});

test.each([
  [{ redis_version: '6.2.7' }, false, 'Redis version'],
  [{ redis_version: '7.0.15' }, true, 'Redis version'],
  [{ role: 'slave' }, false, 'REDIS_URL'],
  [{ cluster_enabled: '1' }, false, 'REDIS_URL'],
])('a server that can not keep the promise is refused: %o', (more, hasReplicas, name) => {
  expect(names(findUnfitServer(info(more), hasReplicas))).toEqual([name]);
});

/** As a primary of Redis 7.2 says it. */
const replication = (...slaves: readonly string[]) =>
  parseInfo(
    ['# Replication', 'role:master', `connected_slaves:${slaves.length}`]
      .concat(slaves.map((slave, index) => `slave${index}:${slave}`))
      .concat('master_failover_state:no-failover', '')
      .join('\r\n'),
  );
const BACKUP = 'ip=127.0.0.1,port=0,state=wait_bgsave,offset=0,lag=0';
const BEING_FILLED = 'ip=10.0.0.7,port=6379,state=send_bulk,offset=0,lag=0';
const REPLICA = 'ip=10.0.0.8,port=6379,state=online,offset=5321,lag=1';

test('a backup (redis-cli --rdb) and a replica that is still being filled count as connected and are no replicas yet', () => {
  expect(replication(BACKUP).get('connected_slaves')).toBe('1');
  expect(hasReplicas(replication(), settings())).toBe(false);
  expect(hasReplicas(replication(BACKUP), settings())).toBe(false);
  expect(hasReplicas(replication(BACKUP, BEING_FILLED), settings())).toBe(false);
});

test('a replica that is online has to have it, too, and so has whichever comes where one is demanded', () => {
  expect(hasReplicas(replication(BACKUP, REPLICA), settings())).toBe(true);
  expect(hasReplicas(replication(), settings({ 'min-replicas-to-write': '1' }))).toBe(true);
});
