// POST /routes/test: who would get what, when and why, asked over HTTP before it matters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApiCaller,
  createPatient,
  createTeam,
  createTestApi,
  idOf,
  type TestApi,
} from '../dashboards/test-api.ts';

interface Answer {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly policy: string;
  readonly settingsVersion: number;
  readonly messages: readonly {
    readonly at: string;
    readonly name?: string;
    readonly audience: string;
    readonly target?: string;
    readonly memberId?: string;
    readonly contactId?: string;
  }[];
  readonly skipped: readonly {
    readonly reason: string;
    readonly target: string;
    readonly memberId?: string;
    readonly contactId?: string;
  }[];
  readonly errors: readonly { readonly field: string }[];
}

const NOW = Date.parse('2026-11-22T02:10:00+08:00');
const CONTACT = { channel: 'webhook', address: 'https://example.org/hook' };
const LOW = { condition: 'glucose', direction: 'low', severity: 'critical' };

let api: TestApi;
let teamId: string;
let nurse: ApiCaller;
let stranger: ApiCaller;
const ask = (body: object, caller = nurse) => caller.post<Answer>('/routes/test', { ...LOW, ...body });
const addMember = (name: string, role: string, contacts: readonly object[] = [CONTACT], to = teamId) =>
  idOf(api.admin.post(`/teams/${to}/members`, { name, role, contacts }), 'memberId');

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'North');
  const lin = await addMember('Lin', 'nurse');
  await addMember('Wang', 'lead');
  await api.admin.put(`/teams/${teamId}/schedule`, {
    shifts: [{ memberIds: [lin], from: '2026-11-01T20:00', to: '2026-11-02T08:00', rrule: 'FREQ=DAILY' }],
  });
  nurse = await api.createCaller('nurse', [{ role: 'village_worker', teamId }]);
  stranger = await api.createCaller('stranger', [{ role: 'lead', teamId: await createTeam(api.admin, 'South') }]);
});
afterAll(() => api.close());

describe('who would get what', () => {
  it('is answered for a team, by name and time, and tells nobody', async () => {
    const { status, body } = await ask({ teamId });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: true, policy: 'urgent_low', settingsVersion: 0 });
    expect(body.messages.slice(0, 3).map(({ at, name, target }) => [at, name, target])).toEqual([
      ['2026-11-21T18:10:00.000Z', 'Lin', 'on_call'],
      ['2026-11-21T18:25:00.000Z', 'Lin', 'on_call'],
      ['2026-11-21T18:25:00.000Z', 'Wang', 'role'],
    ]);
    expect(JSON.stringify(body)).not.toContain('example.org');
    const { rows } = await api.database.pool.query('select count(*)::int as n from notifications');
    expect(rows[0].n).toBe(0);
  });

  it('is answered for another time, when nobody is on call', async () => {
    const { body } = await ask({ teamId, at: '2026-11-22T12:00:00+08:00' });
    expect(body.messages[0]).toMatchObject({ name: 'Wang', at: '2026-11-22T04:00:00.000Z' });
    expect(body.problems).toEqual(['no_shift']);
  });

  it('is answered for a patient, with whoever consents to be told of them', async () => {
    const patientId = await createPatient(api.admin, teamId);
    const self = { relation: 'self', channel: 'webhook', address: 'https://example.org/p' };
    await api.admin.put(`/patients/${patientId}/contacts`, {
      contacts: [
        { ...self, consent: true },
        { ...self, relation: 'carer', consent: false },
      ],
    });
    const { body } = await ask({ patientId });
    expect(body.messages[0]).toMatchObject({ audience: 'patient', target: 'patient' });
    expect(body.skipped).toMatchObject([{ target: 'carer', reason: 'no_consent' }]);
    const { rows } = await api.database.pool.query(
      `select count(*)::int as n from audit_log where user_id = $1 and action = 'open' and kind = 'contacts'`,
      [nurse.userId],
    );
    expect(rows[0].n).toBe(1);
  });

  it('names people of the organisation behind the team, and their contacts, to those alone who may read there', async () => {
    const hospital = await idOf(
      api.admin.post('/organisations', { name: 'Hospital', kind: 'hospital' }),
      'organisationId',
    );
    const behind = await createTeam(api.admin, 'Behind', { organisationId: hospital });
    const front = await createTeam(api.admin, 'Front', { backingOrganisationId: hospital });
    await addMember('Sun', 'nurse', [CONTACT], front);
    const specialist = await addMember('Qian', 'specialist', [CONTACT], behind);
    const mute = await addMember('Li', 'specialist', [CONTACT], behind);
    await api.database.pool.query('update member_contacts set verified_at = null where member_id = $1', [mute]);
    const steps = [
      { delayMin: 0, targets: [{ kind: 'on_call' }] },
      { delayMin: 5, targets: [{ kind: 'backing_organisation' }] },
    ];
    const policies = [{ name: 'ours', severities: ['emergency', 'critical'], steps }];
    expect((await api.admin.put(`/teams/${front}/alerting`, { policies })).status).toBe(200);
    const inFront = await api.createCaller('in-front', [{ role: 'lead', teamId: front }]);
    const inBoth = await api.createCaller('in-both', [
      { role: 'village_worker', teamId: front },
      { role: 'village_worker', teamId: behind },
    ]);
    const askedBy = async (caller: ApiCaller) => {
      const { messages, skipped } = (await ask({ teamId: front }, caller)).body;
      return [...messages, ...skipped].filter(({ target }) => target === 'backing_organisation');
    };

    const seen = await askedBy(inFront);
    expect(seen.slice(0, 1)).toMatchObject([{ role: 'specialist', channel: 'webhook' }]);
    expect(seen.at(-1)).toMatchObject({ reason: 'unverified_contact', channel: 'webhook' });
    for (const each of seen) expect(Object.keys(each)).not.toContain('contactId');
    for (const id of [specialist, mute])
      expect(JSON.stringify(await ask({ teamId: front }, inFront))).not.toContain(id);

    const known = await askedBy(inBoth);
    expect(known.slice(0, 1)).toMatchObject([{ memberId: specialist, contactId: expect.any(String) }]);
    expect(known.at(-1)).toMatchObject({ memberId: mute, contactId: expect.any(String) });
    expect(known).toHaveLength(seen.length);
  });

  it('is not all right where something urgent would reach nobody beyond the app', async () => {
    const quiet = await createTeam(api.admin, 'Quiet');
    await idOf(api.admin.post(`/teams/${quiet}/members`, { name: 'Zhao', role: 'gp', contacts: [] }), 'memberId');
    expect((await ask({ teamId: quiet }, api.admin)).body).toMatchObject({
      ok: false,
      messages: [],
      problems: ['nobody_beyond_the_app'],
    });
  });

  it('is not answered without a place, for two, or for somebody else’s', async () => {
    const patientId = await createPatient(api.admin, teamId);
    expect((await ask({})).body.errors).toMatchObject([{ field: 'teamId' }]);
    expect((await ask({ teamId, patientId })).body.errors).toMatchObject([{ field: 'teamId' }]);
    expect((await ask({ teamId }, stranger)).status).toBe(404);
    expect((await ask({ patientId }, stranger)).status).toBe(404);
    expect((await ask({ teamId: patientId }, api.admin)).status).toBe(404);
    expect((await ask({ teamId, at: '2036-11-22T12:00:00+08:00' })).body.errors).toMatchObject([{ field: 'at' }]);
  });
});
