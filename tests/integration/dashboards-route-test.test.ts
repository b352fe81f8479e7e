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
  }[];
  readonly skipped: readonly { readonly reason: string; readonly target: string }[];
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
const addMember = (name: string, role: string, contacts: readonly object[] = [CONTACT]) =>
  idOf(api.admin.post(`/teams/${teamId}/members`, { name, role, contacts }), 'memberId');

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
