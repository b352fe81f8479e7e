// A patient, two teams with schedule and policy, carers and receivers as a model knows them, beside the alerting that is tested: who a step of
// an escalation reaches is worked out here anew, from what a team looks like and never from alerting's own routing.
import { v7 as uuidv7 } from 'uuid';
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import { DEFAULT_POLICIES, type EscalationStep } from '../../domain/alerts/escalation-policy.ts';
import type { OnCallPlan } from '../../domain/on-call/on-call-schedule.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { openKysely } from '../../storage/database.ts';
import { addMember } from '../../storage/registry/members.ts';
import { putPatientContacts } from '../../storage/registry/patient-contacts.ts';
import { putAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { putSchedule } from '../../storage/registry/team-schedules.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { alertingByHand, type ByHand, type Fate } from './alerting-by-hand.ts';
import { createScene, type Scene } from './alerting-scene.ts';
import { createMortalPool, type MortalPool } from './mortal-pool.ts';

const BEGINS_AT = Date.parse('2026-09-28T02:10:00+08:00');
const ALWAYS = { from: '2026-01-01T00:00', to: '2036-01-01T00:00' } as const;
/** E-mail follows no alert, and tells several in one message. */
const BY_EMAIL: readonly string[] = ['nurse-home', 'gp', 'their-gp'];
const channelOf = (receiver: string) => (BY_EMAIL.includes(receiver) ? 'email' : 'webhook');
const addressOf = (receiver: string) =>
  BY_EMAIL.includes(receiver) ? `${receiver}@clinic.example` : `https://${receiver}.example/`;

export type Name = 'nurse' | 'lead' | 'gp';
const NAMES: readonly Name[] = ['nurse', 'lead', 'gp'];
/** Each with the receivers of their contacts, in order. The patient begins with the first; both have the same gp, who has an address in each. */
const TEAMS = [
  { nurse: ['nurse', 'nurse-home'], lead: ['lead'], gp: ['gp'] },
  { nurse: ['their-nurse'], lead: ['their-lead'], gp: ['their-gp'] },
] as const;
export const RECEIVERS = [
  'nurse',
  'nurse-home',
  'lead',
  'gp',
  'patient',
  'daughter',
  'their-nurse',
  'their-lead',
  'their-gp',
] as const;
export type Receiver = (typeof RECEIVERS)[number];

export interface TeamOfModel {
  readonly teamId: string;
  readonly receivers: Readonly<Record<Name, readonly Receiver[]>>;
  /** Who signs in. */
  readonly users: Readonly<Record<Name, string>>;
  readonly memberIds: Readonly<Record<Name, string>>;
  onCall: readonly Name[];
}

type Who = (name: Name) => string;
/** What a team may plan, and whom that puts on call: nobody in a gap, all where there is no schedule. */
export const SCHEDULES: readonly { readonly plan: (who: Who) => OnCallPlan; readonly onCall: readonly Name[] }[] = [
  { plan: (who) => ({ shifts: [{ ...ALWAYS, memberIds: [who('nurse')] }] }), onCall: ['nurse'] },
  { plan: (who) => ({ shifts: [{ ...ALWAYS, memberIds: [who('gp'), who('nurse')] }] }), onCall: ['gp', 'nurse'] },
  { plan: () => ({ shifts: [] }), onCall: [] },
  {
    plan: (who) => ({
      shifts: [{ ...ALWAYS, memberIds: [who('nurse')] }],
      leave: [{ ...ALWAYS, memberId: who('nurse'), coveredBy: [who('lead')] }],
    }),
    onCall: ['lead'],
  },
];

const urgent = (...steps: EscalationStep[]): AlertingSettings => ({
  policies: [{ name: 'own', severities: ['critical', 'emergency'], steps }],
});
const step = (delayMin: number, kind: EscalationStep['targets'][number]['kind'], role?: string): EscalationStep => ({
  delayMin,
  targets: [{ kind, role }],
});
/** Of the teams' caps of a day. */
export const LEAST_CAP = 1;
export const SETTINGS: readonly AlertingSettings[] = [
  {},
  { ...urgent(step(0, 'on_call'), step(5, 'role', 'lead'), step(10, 'team')), outcomeWithinMin: { critical: 20 } },
  urgent(step(0, 'role', 'gp'), step(0, 'backing_organisation'), step(7, 'patient'), step(20, 'on_call')),
  urgent(step(0, 'patient'), step(10, 'carer')),
  urgent(step(4, 'on_call'), { ...step(9, 'team'), contacts: 'all' }),
  // It begins in the middle of this night, and what is not urgent is told in the morning.
  { quietHours: { from: '22:00', to: '03:00' }, dailyCap: LEAST_CAP },
  { dailyCap: LEAST_CAP },
];

export interface Model {
  readonly scene: Scene;
  readonly hand: ByHand;
  readonly process: MortalPool;
  readonly patientKey: number;
  /** Of a contact, by its id in the registry. */
  readonly receiverOf: ReadonlyMap<string, Receiver>;
  /** Where no entry: it takes what it gets. */
  readonly fates: Map<Receiver, Fate>;
  /** Of the rules that fire, the episode and how bad it is. */
  readonly firing: Map<string, { readonly episodeId: string; readonly severity: Severity }>;
  readonly teams: readonly TeamOfModel[];
  /** Who put an alert off last: a user, by the alert's id. */
  readonly snoozedBy: Map<string, string>;
  /** By how much the clock was set back, in all; ms. */
  setBackMs: number;
  /** The other team is responsible from now on. */
  moves(): Promise<void>;
  /** Of whichever team is responsible. */
  plans(schedule: number): Promise<void>;
  configures(settings: number): Promise<void>;
  /** Every e-mail contact was just told more of others than it is told one by one. */
  crowds(): Promise<void>;
}

export interface ModelBench {
  /** A new patient of the first team; neither has a schedule or settings, and there is no alert. */
  begin(): Promise<Model>;
  close(): Promise<void>;
}

/** Of no alert, as handovers are. */
const CROWD = `insert into notifications (notification_id, occurrence, contact_id, channel, kind, severity, reason, sent_key, subject, status,
    attempts, company, created_at, settled_at)
  select gen_random_uuid(), 1, contact, 'email', 'handover', 'critical', 'of_others', gen_random_uuid(), '{}', 'delivered', 1, 'low', $2, $2
  from unnest($1::uuid[]) as contact, generate_series(1, 12)`;
const TABLES = ['notifications', 'alert_timeline', 'alert_reasons', 'alerts', 'alert_keys', 'episodes', 'signals'];

export async function openModelBench(): Promise<ModelBench> {
  const scene = await createScene({ member: false, clockStandsAt: BEGINS_AT });
  const { pool } = scene.database;
  const db = openKysely(pool);
  const rules = {
    vault: await openVault(db, scene.processSettings('after-send').encryptionKeyFile),
    plainHttpHosts: [],
    // It is the test's own that sends.
    channels: {
      mail: { host: 'mail.example', port: 25, secure: false, requireTls: true, from: 'pulseward@clinic.example' },
    },
  };
  const process = createMortalPool(pool);
  const fates = new Map<Receiver, Fate>();
  const fateAt = new Map(RECEIVERS.map((receiver) => [addressOf(receiver), receiver]));
  const hand = await alertingByHand(scene, {
    pool: process.pool,
    hasEmail: true,
    fateOf: (address) => fates.get(fateAt.get(address) ?? 'nurse'),
  });
  const receiverOf = new Map<string, Receiver>();

  async function addUser(): Promise<{ readonly userId: string; readonly username: string }> {
    const [userId, username] = [uuidv7(), uuidv7()];
    await pool.query(`insert into users (user_id, username, password_hash) values ($1, $2, 'x')`, [userId, username]);
    return { userId, username };
  }

  async function addTeamOf(
    receivers: TeamOfModel['receivers'],
    gp: Awaited<ReturnType<typeof addUser>>,
  ): Promise<TeamOfModel> {
    const teamId = await scene.addTeam();
    const [users, memberIds] = [
      { nurse: '', lead: '', gp: '' },
      { nurse: '', lead: '', gp: '' },
    ];
    for (const name of NAMES) {
      const contacts = receivers[name].map((each) => ({
        channel: channelOf(each),
        address: addressOf(each),
        ...(channelOf(each) === 'webhook' && { secret: 'of-the-test' }),
      }));
      const { userId, username } = name === 'gp' ? gp : await addUser();
      const added = await addMember(db, rules, teamId, { name, role: name, username, contacts }, scene.userId);
      users[name] = userId;
      memberIds[name] = added.memberId;
      for (const [place, { contactId }] of added.contacts.entries()) receiverOf.set(contactId, receivers[name][place]!);
    }
    return { teamId, receivers, users, memberIds, onCall: NAMES };
  }

  const gp = await addUser();
  const teams: TeamOfModel[] = [];
  for (const receivers of TEAMS) teams.push(await addTeamOf(receivers, gp));

  return {
    async begin() {
      await pool.query(`truncate ${TABLES.join(', ')}, team_schedules, team_alerting cascade`);
      fates.clear();
      process.revive();
      for (const team of teams) team.onCall = NAMES;
      let moves = 0;
      let movedAt = Number.NEGATIVE_INFINITY;
      const responsible = () => teams[moves % teams.length]!;
      const patientKey = await scene.addPatient(responsible().teamId);
      const outside = await putPatientContacts(
        db,
        rules,
        { patientKey },
        [
          { relation: 'self', channel: 'webhook', address: addressOf('patient'), consent: true },
          { relation: 'carer', channel: 'webhook', address: addressOf('daughter'), consent: true },
        ],
        scene.now(),
      );
      for (const { contactId, relation } of outside)
        receiverOf.set(contactId, relation === 'self' ? 'patient' : 'daughter');
      const model: Model = {
        scene,
        hand,
        process,
        patientKey,
        receiverOf,
        fates,
        firing: new Map(),
        teams,
        snoozedBy: new Map(),
        setBackMs: 0,
        async moves() {
          // Before the last move by a clock that was set back, the team before it is responsible.
          if (scene.now() <= movedAt) return;
          moves += 1;
          movedAt = scene.now();
          await scene.moveTo(responsible().teamId, patientKey);
        },
        async plans(schedule) {
          const { plan, onCall } = SCHEDULES[schedule]!;
          const team = responsible();
          await putSchedule(
            db,
            team.teamId,
            plan((name) => team.memberIds[name]),
            scene.userId,
          );
          team.onCall = onCall;
        },
        async configures(settings) {
          await putAlertingSettings(db, responsible().teamId, SETTINGS[settings]!, scene.userId);
        },
        async crowds() {
          const contactIds = [...receiverOf].flatMap(([contactId, receiver]) =>
            BY_EMAIL.includes(receiver) ? contactId : [],
          );
          await pool.query(CROWD, [contactIds, scene.now()]);
        },
      };
      return model;
    },
    close: () => scene.destroy(),
  };
}

/** Whom a step reaches while `failed` don't answer any more, as the policy's words say it. */
export function reachOf(
  { targets, contacts = 'in_order' }: EscalationStep,
  { receivers, onCall }: TeamOfModel,
  failed: ReadonlySet<Receiver>,
): Receiver[] {
  const people = targets.flatMap(({ kind, role }): (readonly Receiver[])[] => {
    if (kind === 'patient') return [['patient']];
    if (kind === 'carer') return [['daughter']];
    if (kind === 'on_call') return onCall.map((name) => receivers[name]);
    if (kind === 'role') return NAMES.filter((name) => name === role).map((name) => receivers[name]);
    return kind === 'team' ? NAMES.map((name) => receivers[name]) : [];
  });
  return people.flatMap((theirs) => {
    const left = theirs.filter((receiver) => !failed.has(receiver));
    return contacts === 'all' ? left : left.slice(0, 1);
  });
}

export const LONGEST_DELAY_MIN = Math.max(
  ...[...DEFAULT_POLICIES, ...SETTINGS.flatMap(({ policies = [] }) => policies)].flatMap(({ steps }) =>
    steps.map(({ delayMin }) => delayMin),
  ),
);
