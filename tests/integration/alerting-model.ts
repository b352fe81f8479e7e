// A patient, a team with schedule and policy, carers and receivers as a model knows them, beside the alerting that is tested: who a step of
// an escalation reaches is worked out here anew, from what the team looks like and never from alerting's own routing.
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
const BY_EMAIL: readonly string[] = ['nurse-home', 'gp'];
const channelOf = (receiver: string) => (BY_EMAIL.includes(receiver) ? 'email' : 'webhook');
const addressOf = (receiver: string) =>
  BY_EMAIL.includes(receiver) ? `${receiver}@clinic.example` : `https://${receiver}.example/`;

/** Each with the receivers of their contacts, in order. */
export const TEAM = { nurse: ['nurse', 'nurse-home'], lead: ['lead'], gp: ['gp'] } as const;
export type Name = keyof typeof TEAM;
export const RECEIVERS = ['nurse', 'nurse-home', 'lead', 'gp', 'patient', 'daughter'] as const;
export type Receiver = (typeof RECEIVERS)[number];

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
const NO_SCHEDULE: readonly Name[] = ['nurse', 'lead', 'gp'];

const urgent = (...steps: EscalationStep[]): AlertingSettings => ({
  policies: [{ name: 'own', severities: ['critical', 'emergency'], steps }],
});
const step = (delayMin: number, kind: EscalationStep['targets'][number]['kind'], role?: string): EscalationStep => ({
  delayMin,
  targets: [{ kind, role }],
});
export const SETTINGS: readonly AlertingSettings[] = [
  {},
  { ...urgent(step(0, 'on_call'), step(5, 'role', 'lead'), step(10, 'team')), outcomeWithinMin: { critical: 20 } },
  urgent(step(0, 'role', 'gp'), step(0, 'backing_organisation'), step(7, 'patient'), step(20, 'on_call')),
  urgent(step(0, 'patient'), step(10, 'carer')),
  urgent(step(4, 'on_call'), { ...step(9, 'team'), contacts: 'all' }),
  // It begins in the middle of this night, and what is not urgent is told in the morning.
  { quietHours: { from: '22:00', to: '03:00' }, dailyCap: 1 },
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
  onCall: readonly Name[];
  /** By how much the clock was set back, in all; ms. */
  setBackMs: number;
  plans(schedule: number): Promise<void>;
  configures(settings: number): Promise<void>;
  /** Every e-mail contact was just told more of others than it is told one by one. */
  crowds(): Promise<void>;
}

export interface ModelBench {
  /** A new patient of the team, which has neither schedule nor settings, and no alert. */
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
  const teamId = await scene.addTeam();
  const receiverOf = new Map<string, Receiver>();
  const ids = new Map<Name, string>();
  for (const [name, role] of [
    ['nurse', 'nurse'],
    ['lead', 'lead'],
    ['gp', 'gp'],
  ] as const) {
    const contacts = TEAM[name].map((each) => ({
      channel: channelOf(each),
      address: addressOf(each),
      ...(channelOf(each) === 'webhook' && { secret: 'of-the-test' }),
    }));
    const added = await addMember(db, rules, teamId, { name, role, contacts }, scene.userId);
    ids.set(name, added.memberId);
    for (const [place, { contactId }] of added.contacts.entries()) receiverOf.set(contactId, TEAM[name][place]!);
  }
  const who: Who = (name) => ids.get(name) ?? '';

  return {
    async begin() {
      await pool.query(`truncate ${TABLES.join(', ')}, team_schedules, team_alerting cascade`);
      fates.clear();
      process.revive();
      const patientKey = await scene.addPatient(teamId);
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
        onCall: NO_SCHEDULE,
        setBackMs: 0,
        async plans(schedule) {
          const { plan, onCall } = SCHEDULES[schedule]!;
          await putSchedule(db, teamId, plan(who), scene.userId);
          model.onCall = onCall;
        },
        async configures(settings) {
          await putAlertingSettings(db, teamId, SETTINGS[settings]!, scene.userId);
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
  onCall: readonly Name[],
  failed: ReadonlySet<Receiver>,
): Receiver[] {
  const everybody = Object.keys(TEAM) as Name[];
  const people = targets.flatMap(({ kind, role }): (readonly Receiver[])[] => {
    if (kind === 'patient') return [['patient']];
    if (kind === 'carer') return [['daughter']];
    if (kind === 'on_call') return onCall.map((name) => TEAM[name]);
    if (kind === 'role') return everybody.filter((name) => name === role).map((name) => TEAM[name]);
    return kind === 'team' ? everybody.map((name) => TEAM[name]) : [];
  });
  return people.flatMap((receivers) => {
    const left = receivers.filter((receiver) => !failed.has(receiver));
    return contacts === 'all' ? left : left.slice(0, 1);
  });
}

export const LONGEST_DELAY_MIN = Math.max(
  ...[...DEFAULT_POLICIES, ...SETTINGS.flatMap(({ policies = [] }) => policies)].flatMap(({ steps }) =>
    steps.map(({ delayMin }) => delayMin),
  ),
);
