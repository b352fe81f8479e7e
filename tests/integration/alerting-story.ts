// The words that alerting stories are told in: what the clock shows, what is measured, what people do, and who is told. A team of named
// people, members by webhook, patients and carers by SMS; the clock stands still unless a story moves it.
// Promise: `tells` awaits what is expected, and that nothing more comes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { expect } from 'vitest';
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import type { OnCallPlan } from '../../domain/on-call/on-call-schedule.ts';
import type { Direction, Severity } from '../../domain/rules/rule.ts';
import type { SmsConfig } from '../../runtime/channel-config.ts';
import type { Role } from '../../runtime/role.ts';
import { openKysely } from '../../storage/database.ts';
import { addMember, removeMember } from '../../storage/registry/members.ts';
import { putPatientContacts } from '../../storage/registry/patient-contacts.ts';
import type { MemberRole } from '../../storage/registry/role-permissions.ts';
import { putAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { putSchedule } from '../../storage/registry/team-schedules.ts';
import { openVault } from '../../storage/registry/vault.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { createPatientReadings, type PatientReadings } from './patient-readings.ts';

/** What was expected by then and hasn't come is missing. */
const WITHIN_MS = 5_000;
const ZONE_MS = 8 * 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A Monday, three days before the National Day. */
const BEGINS_AT = Date.parse('2026-09-28T00:00:00+08:00');
const SECRET = 'secret-of-the-story';

interface Page {
  readonly to: string;
  /** Of a webhook's message; `sms`: a text. */
  readonly kind: string;
}

export interface TeamOfStory {
  /** Name and role; who has several contacts has them in order: `nurse`, `nurse 2`. */
  readonly members: Readonly<Record<string, MemberRole>>;
  readonly contacts?: Readonly<Record<string, readonly string[]>>;
  /** `who('nurse')` is her id. Absent: the team has no schedule. */
  readonly schedule?: (who: (name: string) => string) => OnCallPlan;
  readonly settings?: AlertingSettings;
}

export interface Story {
  readonly scene: Scene;
  readonly patientKey: number;
  /** The clock goes on to when it next shows `HH:MM` in Shanghai, or to `YYYY-MM-DD HH:MM`. */
  at(time: string): void;
  clockStepsBack(minutes: number): void;
  cgm(mmolPerL: number): Promise<void>;
  /** What no reading of these rules says: this rule fires with this severity, or recovers. */
  signal(ruleId: string, severity: Severity): Promise<void>;
  recovers(ruleId: string): Promise<void>;
  smbg(mmolPerL: number): Promise<void>;
  /** Each of these is told once, in any order, and nobody anything else. Values: kind of message, or several. */
  tells(expected: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  tellsNobody(): Promise<void>;
  acknowledges(name: string): Promise<void>;
  snoozes(name: string, minutes: number, reason: string, direction?: Direction): Promise<void>;
  resolves(name: string): Promise<void>;
  leaves(name: string): Promise<void>;
  plans(schedule: NonNullable<TeamOfStory['schedule']>): Promise<void>;
  configures(settings: AlertingSettings): Promise<void>;
  /** Another team is responsible from now on. */
  movesTo(team: TeamOfStory): Promise<void>;
  /** Messages to these are answered so; 204 otherwise. */
  answers(name: string, status: number): void;
  /** Of the low, unless said otherwise. */
  timeline(direction?: Direction): Promise<readonly { readonly event: string; readonly reason: string }[]>;
  state(direction?: Direction): Promise<string>;
  alertingStops(): Promise<void>;
  alertingStarts(): Promise<void>;
}

export interface Stories {
  begin(options: TeamOfStory & StoryOptions): Promise<Story>;
  close(): Promise<void>;
}

interface StoryOptions {
  /** Those who consent to be told; default: nobody. */
  readonly patient?: readonly string[];
  readonly carers?: readonly string[];
  readonly carersWithoutConsent?: readonly string[];
  /** The organisation behind the team, with a team of its own. */
  readonly behind?: TeamOfStory;
}

export async function openStories(): Promise<Stories> {
  const pages: Page[] = [];
  const statuses = new Map<string, number>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { phone, kind = 'sms' } = JSON.parse(text);
      const to = phone === undefined ? decodeURIComponent(request.url?.slice(1) ?? '') : (names.get(phone) ?? phone);
      // The digest of a shift comes by a round of its own, each half minute of the real clock.
      if (kind !== 'handover') pages.push({ to, kind });
      response.writeHead(statuses.get(to) ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const addressOf = (name: string) =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/${encodeURIComponent(name)}`;
  const names = new Map<string, string>();
  const phoneOf = (name: string) => {
    const phone = `+861380000${String(1_000 + names.size)}`;
    names.set(phone, name);
    return phone;
  };
  const sms: SmsConfig = {
    url: addressOf('sms'),
    method: 'POST',
    headers: {},
    body: '{"phone":"{phone}","text":"{text}"}',
    bodyForm: 'json',
    retryValues: [],
  };
  const scene = await createScene({ member: false, clockStandsAt: BEGINS_AT, channels: { sms } });
  const { pool } = scene.database;
  const db = openKysely(pool);
  const vault = await openVault(db, scene.processSettings('after-send').encryptionKeyFile);
  const rules = { vault, plainHttpHosts: ['127.0.0.1'], channels: { sms } };
  let role: Role | undefined = await scene.startAlerting();

  interface Person {
    readonly teamId: string;
    readonly memberId: string;
    readonly userId: string;
  }

  async function addTeamOf(
    { members, contacts = {}, schedule, settings }: TeamOfStory,
    people: Map<string, Person>,
  ): Promise<string> {
    const teamId = await scene.addTeam();
    for (const [name, memberRole] of Object.entries(members)) {
      const [userId, username] = [uuidv7(), uuidv7()];
      await pool.query(`insert into users (user_id, username, password_hash) values ($1, $2, 'x')`, [userId, username]);
      const addresses = contacts[name] ?? [name];
      const member = {
        name,
        role: memberRole,
        username,
        contacts: addresses.map((each) => ({ channel: 'webhook', address: addressOf(each), secret: SECRET })),
      };
      const { memberId } = await addMember(db, rules, teamId, member, scene.userId);
      people.set(name, { teamId, memberId, userId });
    }
    if (schedule) await putSchedule(db, teamId, schedule(idIn(people)), scene.userId);
    if (settings) await putAlertingSettings(db, teamId, settings, scene.userId);
    return teamId;
  }

  const idIn = (people: ReadonlyMap<string, Person>) => (name: string) => find(people, name).memberId;

  function find(people: ReadonlyMap<string, Person>, name: string): Person {
    const person = people.get(name);
    if (!person) throw new Error(`nobody in this story is called ${name}`);
    return person;
  }

  async function begin(options: TeamOfStory & StoryOptions): Promise<Story> {
    const { patient = [], carers = [], carersWithoutConsent = [], behind } = options;
    const people = new Map<string, Person>();
    const teamId = await addTeamOf(options, people);
    if (behind) {
      const organisationId = uuidv7();
      await pool.query(`insert into organisations (organisation_id, name, kind) values ($1, 'County', 'hospital')`, [
        organisationId,
      ]);
      const behindId = await addTeamOf(behind, people);
      await pool.query('update teams set organisation_id = $2 where team_id = $1', [behindId, organisationId]);
      await pool.query('update teams set backing_organisation_id = $2 where team_id = $1', [teamId, organisationId]);
    }
    const patientKey = await scene.addPatient(teamId);
    const contact = (relation: 'self' | 'carer', consent: boolean) => (name: string) => ({
      relation,
      consent,
      channel: 'sms',
      address: phoneOf(name),
    });
    await putPatientContacts(
      db,
      rules,
      { patientKey },
      [
        ...patient.map(contact('self', true)),
        ...carersWithoutConsent.map(contact('carer', false)),
        ...carers.map(contact('carer', true)),
      ],
      scene.now(),
    );
    const readings: PatientReadings = createPatientReadings(patientKey);
    let read = pages.length;
    let team = teamId;

    const measure = async (kind: 'cgm' | 'smbg', mmolPerL: number) => {
      const changes = readings.take(kind, { at: scene.now(), mmolPerL });
      if (changes.length > 0) await scene.hand(changes);
      await scene.settled();
    };
    const alertOf = async (direction: Direction = 'low') => {
      const of = (await scene.alerts()).filter(
        (each) => each.patientKey === patientKey && each.direction === direction,
      );
      const last = of.toSorted((a, b) => a.openedAt - b.openedAt).at(-1);
      if (!last) throw new Error(`this patient has no alert of a ${direction}`);
      return last;
    };

    return {
      scene,
      patientKey,
      at(time) {
        if (time.includes(' ')) return scene.pass(Date.parse(`${time.replace(' ', 'T')}+08:00`) - scene.now());
        const [hours = 0, minutes = 0] = time.split(':').map(Number);
        const midnight = Math.floor((scene.now() + ZONE_MS) / DAY_MS) * DAY_MS - ZONE_MS;
        const today = midnight + (hours * 60 + minutes) * MINUTE_MS;
        scene.pass((today >= scene.now() ? today : today + DAY_MS) - scene.now());
      },
      clockStepsBack: (minutes) => scene.pass(-minutes * MINUTE_MS),
      cgm: (mmolPerL) => measure('cgm', mmolPerL),
      smbg: (mmolPerL) => measure('smbg', mmolPerL),
      async signal(ruleId, severity) {
        await scene.fire(ruleId, { severity }, { patientKey });
        await scene.settled();
      },
      async recovers(ruleId) {
        await scene.recover(ruleId, { patientKey });
        await scene.settled();
      },
      async tells(expected) {
        const wanted = Object.entries(expected)
          .flatMap(([name, kinds]) => [kinds].flat().map((kind) => `${name}: ${kind}`))
          .toSorted();
        const since = () => pages.slice(read).map(({ to, kind }) => `${to}: ${kind}`);
        // The comparison says better what is missing than the time that is up.
        await until('all of them are told', WITHIN_MS, () => wanted.every((each) => since().includes(each))).catch(
          () => undefined,
        );
        await scene.settled();
        expect(since().toSorted()).toEqual(wanted);
        read = pages.length;
      },
      async tellsNobody() {
        await scene.settled();
        expect(pages.slice(read).map(({ to, kind }) => `${to}: ${kind}`)).toEqual([]);
      },
      async acknowledges(name) {
        await scene.commands.acknowledge((await alertOf()).alertId, find(people, name).userId);
        await scene.settled();
      },
      async snoozes(name, minutes, reason, direction) {
        const until = scene.now() + minutes * MINUTE_MS;
        await scene.commands.snooze((await alertOf(direction)).alertId, find(people, name).userId, until, reason);
        await scene.settled();
      },
      async resolves(name) {
        await scene.commands.resolve((await alertOf()).alertId, find(people, name).userId, 'called');
        await scene.settled();
      },
      async leaves(name) {
        await removeMember(db, vault, find(people, name).teamId, find(people, name).memberId);
      },
      async plans(schedule) {
        await putSchedule(db, team, schedule(idIn(people)), scene.userId);
      },
      async configures(settings) {
        await putAlertingSettings(db, team, settings, scene.userId);
      },
      async movesTo(next) {
        team = await addTeamOf(next, people);
        await scene.moveTo(team, patientKey);
      },
      answers: (name, status) => void statuses.set(name, status),
      async timeline(direction) {
        return (await scene.detail((await alertOf(direction)).alertId)).timeline;
      },
      state: async (direction) => (await alertOf(direction)).state,
      async alertingStops() {
        await role?.stop();
        role = undefined;
      },
      async alertingStarts() {
        role = await scene.startAlerting();
      },
    };
  }

  return {
    async begin(options) {
      // What the stories before have left open would go on into this one.
      await pool.query(
        `update alerts set state = 'expired', due_at = null, closed_at = $1 where state in ('open', 'acknowledged', 'snoozed')`,
        [scene.now()],
      );
      await pool.query(`update notifications set status = 'skipped', due_at = null where status = 'pending'`);
      statuses.clear();
      if (!role) role = await scene.startAlerting();
      return begin(options);
    },
    async close() {
      await scene.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
