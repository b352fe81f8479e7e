// A small clinic around a real alerting role: a database of its own, the real queue, a webhook's other side, and a clock that can be
// moved. Signals are written as ingest writes them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { createAlertingRole } from '../../alerting/alerting-role.ts';
import type { AlertState } from '../../domain/alerts/alert-life.ts';
import type { ChannelConfig } from '../../runtime/channel-config.ts';
import { type Counters, createCounters } from '../../runtime/counters.ts';
import type { FaultPoint } from '../../runtime/fault-point.ts';
import { createLog } from '../../runtime/log.ts';
import type { Role } from '../../runtime/role.ts';
import { type AlertCommands, createAlertCommands } from '../../storage/alerts/alert-commands.ts';
import { type ListedAlert, listAlerts } from '../../storage/alerts/list-alerts.ts';
import { type AlertDetail, readAlertDetail } from '../../storage/alerts/read-alert-detail.ts';
import { openKysely } from '../../storage/database.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import { addMember } from '../../storage/registry/members.ts';
import {
  type NewPatientContact,
  type PatientContact,
  putPatientContacts,
} from '../../storage/registry/patient-contacts.ts';
import { createPatientIdentities, type IdentityChange } from '../../storage/registry/patient-identities.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { openSceneQueue } from './open-scene-queue.ts';
import { createSceneSignals, type SceneSignals } from './scene-signals.ts';

export const MINUTE_MS = 60_000;

export interface Scene extends SceneSignals {
  readonly database: TestDatabase;
  readonly webhook: WebhookReceiver;
  readonly commands: AlertCommands;
  readonly userId: string;
  readonly teamId: string;
  readonly patientKey: number;
  /** What alerting has logged, a line each. */
  readonly logged: readonly string[];
  now(): number;
  /** The clock jumps; what has become due is found by the next round of the reconciler. */
  pass(ms: number): void;
  /** A role on the same database, as a second process would be. */
  startAlerting(options?: { readonly faultPoint?: FaultPoint; readonly counters?: Counters }): Promise<Role>;
  /** What `alerting.process.ts` starts a role in a process of its own with. */
  processSettings(faultPoint?: FaultPoint): ProcessSettings;
  addTeam(
    contacts?: readonly { readonly channel: string; readonly address: string; readonly secret?: string }[],
  ): Promise<string>;
  addPatient(teamId?: string): Promise<number>;
  /** Who a patient is. */
  identify(of: number, identity: IdentityChange): Promise<void>;
  /** How a patient and their carers are reached; takes the place of what there was. */
  putContacts(of: number, contacts: readonly NewPatientContact[]): Promise<PatientContact[]>;
  /** From now on another team is responsible for the patient. */
  moveTo(teamId: string, of?: number): Promise<void>;
  /** Resolves when nothing is due (of a clock that goes on: soon), on the way or unapplied: until the clock is moved, no more will happen. */
  settled(): Promise<void>;
  alerts(states?: readonly AlertState[]): Promise<ListedAlert[]>;
  detail(alertId: string): Promise<AlertDetail>;
  notifications(): Promise<
    { status: string; kind: string; channel: string; attempts: number; last_failure: string | null }[]
  >;
  destroy(): Promise<void>;
}

export interface ProcessSettings {
  readonly databaseUrl: string;
  readonly encryptionKeyFile: string;
  readonly faultPoint?: FaultPoint | undefined;
}

export interface SceneOptions {
  /** Whether the team has anybody who is told; default true. */
  readonly member?: boolean | undefined;
  /** The queue's Redis; absent: the queue is on Postgres. */
  readonly redisUrl?: string | undefined;
  /** Ways to reach people that have to be set up; none where absent. */
  readonly channels?: ChannelConfig | undefined;
  /** Epoch ms; the clock stands there and moves only by `pass`. Absent: it goes on. */
  readonly clockStandsAt?: number | undefined;
}

export async function createScene({
  member = true,
  redisUrl,
  channels,
  clockStandsAt,
}: SceneOptions = {}): Promise<Scene> {
  const database = await createTestDatabase();
  const { pool } = database;
  const directory = mkdtempSync(join(tmpdir(), 'pulseward-alerting-'));
  const encryptionKeyFile = join(directory, 'encryption.key');
  const webhook = await startWebhookReceiver();
  const db = openKysely(pool);
  const vault = await openVault(db, encryptionKeyFile);
  const logged: string[] = [];
  const log = createLog({ part: 'test', level: 'debug', write: (line) => void logged.push(line) });
  const roles: Role[] = [];
  const queues: JobQueue[] = [];
  let offsetMs = 0;
  const now = () => (clockStandsAt ?? Date.now()) + offsetMs;

  const openQueue = () => {
    const queue = openSceneQueue({ databaseUrl: database.url, redisUrl, log });
    queues.push(queue);
    return queue;
  };
  const nudges = openQueue();

  const userId = uuidv7();
  await pool.query(`insert into users (user_id, username, password_hash) values ($1, 'nurse', 'x')`, [userId]);

  const addTeam: Scene['addTeam'] = async (contacts = []) => {
    const teamId = uuidv7();
    await pool.query(`insert into teams (team_id, name) values ($1, 'Team')`, [teamId]);
    if (contacts.length > 0) {
      const deps = { vault, plainHttpHosts: ['127.0.0.1'], channels };
      await addMember(db, deps, teamId, { name: 'Nurse', role: 'nurse', contacts }, userId);
    }
    return teamId;
  };
  const teamId = await addTeam(member ? [{ channel: 'webhook', address: webhook.url, secret: webhook.secret }] : []);
  const addPatient: Scene['addPatient'] = async (of = teamId) => {
    const { rows } = await pool.query<{ patient_key: number }>(
      'insert into patients (patient_id) values ($1) returning patient_key',
      [uuidv7()],
    );
    const patientKey = rows[0]!.patient_key;
    await pool.query(
      `insert into responsibilities (patient_key, team_id, from_at) values ($1, $2, to_timestamp($3::float8 / 1000) - interval '1 day')`,
      [patientKey, of, now()],
    );
    return patientKey;
  };
  const patientKey = await addPatient();
  const identify: Scene['identify'] = (of, identity) =>
    db.transaction().execute((tx) => createPatientIdentities(vault).write(tx, of, identity));
  const putContacts: Scene['putContacts'] = (of, contacts) => {
    const deps = { vault, plainHttpHosts: ['127.0.0.1'], channels };
    return putPatientContacts(db, deps, { patientKey: of }, contacts, now());
  };
  const moveTo: Scene['moveTo'] = async (to, of = patientKey) => {
    const at = new Date(now());
    await pool.query('update responsibilities set to_at = $2 where patient_key = $1 and to_at is null', [of, at]);
    await pool.query('insert into responsibilities (patient_key, team_id, from_at) values ($1, $2, $3)', [of, to, at]);
  };

  const scene: Scene = {
    ...createSceneSignals({ pool, nudges, now, patientKey }),
    database,
    webhook,
    commands: createAlertCommands({ pool, vault, now }),
    userId,
    teamId,
    patientKey,
    logged,
    now,
    pass(ms) {
      offsetMs += ms;
    },
    async startAlerting({ faultPoint, counters = createCounters({ part: 'alerting' }) } = {}) {
      const role = createAlertingRole({
        config: {
          encryptionKeyFile,
          faultPoint,
          publicUrl: 'http://clinic.example',
          webhookAllow: ['127.0.0.1'],
          channels: channels ?? {},
        },
        storage: { db, pool, jobQueue: openQueue() },
        log,
        counters,
        now,
      });
      roles.push(role);
      await role.start();
      return role;
    },
    processSettings: (faultPoint) => ({ databaseUrl: database.url, encryptionKeyFile, faultPoint }),
    addTeam,
    addPatient,
    identify,
    putContacts,
    moveTo,
    async settled() {
      const isNear = clockStandsAt === undefined ? 'due_at <= $1::int8 + 15000' : '(due_at <= $1 or unanswered > 0)';
      await until('nothing is left to do', 25_000, async () => {
        const { rows } = await pool.query<{ left: number }>(
          `select (select count(*) from signals where version > applied) + (select count(*) from alerts where due_at <= $1)
             + (select count(*) from notifications where status = 'pending' and ${isNear})
             + ${redisUrl === undefined ? '(select count(*) from bullmq.job)' : '0'} as left`,
          [now()],
        );
        return rows[0]?.left === 0;
      });
    },
    alerts: (states) => listAlerts(pool, { states, limit: 1000 }),
    async detail(alertId) {
      const found = await readAlertDetail({ pool, vault }, alertId);
      if (!found) throw new Error(`there is no alert ${alertId}`);
      return found;
    },
    async notifications() {
      const { rows } = await pool.query(
        'select status, kind, channel, attempts, last_failure from notifications order by created_at, notification_id',
      );
      return rows;
    },
    async destroy() {
      for (const role of roles) await role.stop();
      for (const queue of queues) await queue.close();
      await webhook.close();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return scene;
}
