// An alerting role in a process of its own, so that it can be killed; says `ready` to its parent.
import { createAlertingRole } from '../../alerting/alerting-role.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { openKysely, openPool } from '../../storage/database.ts';
import { createBullmqJobQueue } from '../../storage/job-queue/bullmq-job-queue.ts';
import { createPostgresQueueBackend } from '../../storage/job-queue/postgres-queue-backend.ts';
import type { ProcessSettings } from './alerting-scene.ts';

const { databaseUrl, encryptionKeyFile, faultPoint }: ProcessSettings = JSON.parse(process.argv[2] ?? '{}');
const log = createLog({ part: 'alerting' });
const counters = createCounters({ part: 'alerting' });
const pool = openPool(databaseUrl, { max: 10, applicationName: 'alerting process' });
const backend = createPostgresQueueBackend({ databaseUrl, applicationName: 'alerting process queue', log });
const role = createAlertingRole({
  config: { encryptionKeyFile, faultPoint, publicUrl: 'http://clinic.example', webhookAllow: ['127.0.0.1'] },
  storage: { db: openKysely(pool), pool, jobQueue: createBullmqJobQueue({ backend, log, counters }) },
  log,
  counters,
});
await role.start();
process.send?.('ready');
