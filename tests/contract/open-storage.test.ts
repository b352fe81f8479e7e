// Which roles start while an engine is away: people are told, and look, without the journal.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../../runtime/config.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import type { RoleName } from '../../runtime/role.ts';
import { openStorage, type Storage } from '../../storage/open-storage.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

let database: TestDatabase;
let config: Config;
beforeEach(async () => {
  database = await createTestDatabase();
  config = readConfig({ env: { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' } });
});
afterEach(() => database.drop());

function open(part: RoleName): Promise<Storage> {
  return openStorage({ config, log: createLog({ part, level: 'silent' }), counters: createCounters({ part }), part });
}

describe('while Redis is away', () => {
  test.each(['alerting', 'dashboards'] as const)('the role %s starts', async (part) => {
    const storage = await open(part);
    await storage.close();
  });

  test.each(['broker', 'ingest'] as const)('the role %s, which needs the journal, does not', async (part) => {
    await expect(open(part)).rejects.toMatchObject({ code: 'journal_unavailable' });
  });
});
