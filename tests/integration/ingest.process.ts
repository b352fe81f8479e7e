// Ingest in a process of its own, so that a test can let it kill itself at a fault point.
import { createIngestRole } from '../../ingest/ingest-role.ts';
import { readConfig } from '../../runtime/config.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { openPool } from '../../storage/database.ts';
import { openSceneStorage } from './ingest-scene.ts';

const config = readConfig();
const databaseUrl = config.databaseUrl!;
const pool = openPool(databaseUrl, { max: 10, applicationName: 'ingest under test' });
const { storage } = await openSceneStorage(pool, databaseUrl, []);
const log = createLog({ part: 'ingest', level: 'info' });
await createIngestRole({ config, storage, log, counters: createCounters({ part: 'ingest' }) }).start();
