// A small clinic around a real alerting role: a database of its own, the real queue, a webhook's other side, and a clock that can be
// moved. Signals are written as ingest writes them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { createAlertingRole } from '../../alerting/alerting-role.ts';
import type { AlertState } from '../../domain/alerts/alert-life.ts';
import type { Episode, EpisodeFate, EvidenceReading, Severity, Verdict } from '../../domain/rules/rule.ts';
import { windowRuleById } from '../../domain/rules/rule-catalogue.ts';
import type { ChannelConfig } from '../../runtime/channel-config.ts';
import { type Counters, createCounters } from '../../runtime/counters.ts';
import type { FaultPoint } from '../../runtime/fault-point.ts';
import { createLog } from '../../runtime/log.ts';
import type { Role } from '../../runtime/role.ts';
import { type AlertCommands, createAlertCommands } from '../../storage/alerts/alert-commands.ts';
import { type ListedAlert, listAlerts } from '../../storage/alerts/list-alerts.ts';
import { type AlertDetail, readAlertDetail } from '../../storage/alerts/read-alert-detail.ts';
import { openKysely } from '../../storage/database.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import { addMember } from '../../storage/registry/members.ts';
import {
  type NewPatientContact,
  type PatientContact,
  putPatientContacts,
} from '../../storage/registry/patient-contacts.ts';
import { createPatientIdentities, type IdentityChange } from '../../storage/registry/patient-identities.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { nudgesOf } from '../../storage/signals/hand-over.ts';
import { type SignalChange, writeSignals } from '../../storage/signals/write-signals.ts';
import { until } from '../system/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { openSceneQueue } from './open-scene-queue.ts';

export const MINUTE_MS = 60_000;

export interface Firing {
  readonly severity?: Severity;
  readonly fate?: EpisodeFate;
  /** Over already when it is first heard of. */
  readonly over?: boolean;
  readonly reason?: string;
  readonly stage?: number;
  readonly evidence?: readonly EvidenceReading[];
  readonly episodeId?: string;
  /** When a reading that arrived in time last showed it; absent: as it completed. */
  readonly freshAt?: number;
}

export interface Scene {
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
  /** Answers the episode. `nudge: false` leaves it to the reconciler. */
  fire(ruleId: string, firing?: Firing, options?: SignalOptions): Promise<string>;
  /** The open episode of a rule has come to a stage. */
  stage(ruleId: string, stage: number, severity?: Severity, options?: SignalOptions): Promise<void>;
  /** A batch as ingest writes it: one transaction, then the nudges. Answers when it was committed, epoch ms by the real clock. */
  writeAll(changes: readonly SignalChange[]): Promise<number>;
  /** Ends the open episode of a rule. */
  recover(ruleId: string, options?: SignalOptions): Promise<void>;
  withdraw(ruleId: string, options?: SignalOptions): Promise<void>;
  /** Late data shows that the open episode is part of an older one; answers that one. */
  join(ruleId: string, options?: SignalOptions): Promise<string>;
  say(
    ruleId: string,
    verdict: Verdict,
    extra: { readonly reason: string; readonly deadlineAt?: number },
  ): Promise<void>;
  /** Writes and nudges what ingest would. */
  hand(changes: readonly SignalChange[]): Promise<void>;
  /** Resolves when nothing is due, on the way or unapplied: what has not happened by then is not going to, until the clock moves. */
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

export interface SignalOptions {
  readonly patientKey?: number;
  readonly nudge?: boolean;
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

  const versions = new Map<string, number>();
  const open = new Map<
    string,
    Pick<Episode, 'startAt' | 'severity' | 'fate' | 'freshAt'> & { readonly episodeId: string; readonly reason: string }
  >();

  async function write(
    ruleId: string,
    { patientKey: of = patientKey, nudge = true }: SignalOptions,
    made: Partial<SignalChange['difference']> & { readonly verdict: Verdict; readonly reason: string },
  ): Promise<void> {
    const rule = windowRuleById(ruleId);
    if (!rule) throw new Error(`there is no rule ${ruleId}`);
    const key = `${of} ${ruleId}`;
    const version = (versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    const { reason, ...given } = made;
    const explanation = { reason, thresholds: rule.thresholds };
    const none = { insert: [], update: [], withdraw: [] };
    const difference = { ...none, explanation, ...given, version, isChanged: true };
    await hand([{ patientKey: of, rule, difference, isNews: true }], nudge);
  }

  async function hand(changes: readonly SignalChange[], nudge: boolean): Promise<void> {
    await inTransaction(pool, (tx) => writeSignals(tx, changes, now()));
    if (nudge) await nudges.add(nudgesOf(changes.filter(({ isNews }) => isNews)));
  }

  const scene: Scene = {
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
    async fire(ruleId, firing = {}, options = {}) {
      const {
        severity = 'critical',
        fate = 'live',
        over = false,
        reason = 'below_line',
        stage,
        evidence = [],
      } = firing;
      const episodeId = firing.episodeId ?? uuidv7();
      const startAt = now() - 10 * MINUTE_MS;
      const explanation = { reason, thresholds: {}, ...(stage === undefined ? {} : { stage }) };
      const completedAt = startAt + 5 * MINUTE_MS;
      const end = over ? { endAt: now() - MINUTE_MS } : {};
      const fresh = fate === 'live' ? { freshAt: firing.freshAt ?? completedAt } : {};
      const episode = { episodeId, startAt, completedAt, ...end, ...fresh, severity, fate, evidence, explanation };
      const isAlarm = !over && fate !== 'retrospective';
      if (isAlarm)
        open.set(`${options.patientKey ?? patientKey} ${ruleId}`, {
          episodeId,
          startAt,
          severity,
          fate,
          ...fresh,
          reason,
        });
      const verdict = isAlarm ? 'firing' : 'clear';
      await write(ruleId, options, {
        verdict,
        severity: isAlarm ? severity : undefined,
        episodeId,
        insert: [episode],
        reason,
      });
      return episodeId;
    },
    async stage(ruleId, stage, severity, options = {}) {
      const key = `${options.patientKey ?? patientKey} ${ruleId}`;
      const episode = open.get(key);
      if (!episode) throw new Error(`${ruleId} does not fire`);
      const { reason, ...rest } = { ...episode, severity: severity ?? episode.severity };
      open.set(key, { reason, ...rest });
      const explanation = { reason, thresholds: {}, stage };
      const update = [{ ...rest, completedAt: rest.startAt, evidence: [], explanation }];
      await write(ruleId, options, {
        verdict: 'firing',
        severity: rest.severity,
        episodeId: rest.episodeId,
        update,
        reason,
      });
    },
    async writeAll(changes) {
      await inTransaction(pool, (tx) => writeSignals(tx, changes, now()));
      const committedAt = Date.now();
      await nudges.add(nudgesOf(changes));
      return committedAt;
    },
    async recover(ruleId, options = {}) {
      const key = `${options.patientKey ?? patientKey} ${ruleId}`;
      const episode = open.get(key);
      if (!episode) throw new Error(`${ruleId} does not fire`);
      open.delete(key);
      const { reason, ...rest } = episode;
      const ended = {
        ...rest,
        completedAt: rest.startAt,
        endAt: now(),
        evidence: [],
        explanation: { reason, thresholds: {} },
      };
      await write(ruleId, options, { verdict: 'clear', update: [ended], reason: 'recovered' });
    },
    async withdraw(ruleId, options = {}) {
      const key = `${options.patientKey ?? patientKey} ${ruleId}`;
      const episode = open.get(key);
      if (!episode) throw new Error(`${ruleId} does not fire`);
      open.delete(key);
      await write(ruleId, options, {
        verdict: 'clear',
        withdraw: [{ episodeId: episode.episodeId }],
        reason: 'recovered',
      });
    },
    async join(ruleId, options = {}) {
      const key = `${options.patientKey ?? patientKey} ${ruleId}`;
      const younger = open.get(key);
      if (!younger) throw new Error(`${ruleId} does not fire`);
      const { reason, ...rest } = younger;
      const episodeId = uuidv7();
      const older = { ...younger, episodeId, startAt: rest.startAt - 60 * MINUTE_MS };
      open.set(key, older);
      const explanation = { reason, thresholds: {} };
      const { reason: _, ...spanned } = older;
      const episode = { ...spanned, completedAt: older.startAt, evidence: [], explanation };
      await write(ruleId, options, {
        verdict: 'firing',
        severity: rest.severity,
        episodeId,
        insert: [episode],
        withdraw: [{ episodeId: rest.episodeId, joinedTo: episodeId }],
        reason,
      });
      return episodeId;
    },
    say: (ruleId, verdict, { reason, deadlineAt }) =>
      write(ruleId, {}, { verdict, severity: 'critical', reason, deadlineAt }),
    hand: (changes) => hand(changes, true),
    async settled() {
      await until('nothing is left to do', 15_000, async () => {
        const { rows } = await pool.query<{ left: number }>(
          `select (select count(*) from signals where version > applied) + (select count(*) from alerts where due_at <= $1)
             + (select count(*) from notifications where status = 'pending' and due_at <= $1::int8 + 15000)
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
