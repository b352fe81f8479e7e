// How a team wants to be told, written and read over HTTP: versions, who may, and everything that is wrong named at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiCaller, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

interface Answer {
  readonly version: number;
  readonly settings: { readonly dailyCap?: number };
  readonly effective: {
    readonly dailyCap: { readonly value: number; readonly origin: string };
    readonly policies: Readonly<Record<string, readonly { readonly name: string; readonly origin: string }[]>>;
  };
  readonly errors: readonly { readonly field: string; readonly detail: string }[];
}

let api: TestApi;
let teamId: string;
let lead: ApiCaller;
let nurse: ApiCaller;
let stranger: ApiCaller;
const put = (body: object, caller = lead) => caller.put<Answer>(`/teams/${teamId}/alerting`, body);
const read = (caller = nurse) => caller.get<Answer>(`/teams/${teamId}/alerting`);
const organisation = (name: string) =>
  idOf(api.admin.post('/organisations', { name, kind: 'hospital' }), 'organisationId');
const policyFor = (...targets: readonly object[]) => ({
  name: 'ours',
  severities: ['emergency', 'critical'],
  steps: [{ delayMin: 0, targets }],
});

beforeAll(async () => {
  api = await createTestApi();
  teamId = await createTeam(api.admin, 'North');
  lead = await api.createCaller('lead', [{ role: 'lead', teamId }]);
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  stranger = await api.createCaller('stranger', [{ role: 'lead', teamId: await createTeam(api.admin, 'South') }]);
});
afterAll(() => api.close());

describe('how a team wants to be told', () => {
  it('is the defaults until it writes something', async () => {
    const { status, body } = await read();
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: 0, settings: {}, effective: { dailyCap: { value: 3, origin: 'default' } } });
    expect(body.effective.policies.critical?.map(({ name }) => name)).toEqual(['urgent_low', 'urgent']);
  });

  it('is written as a whole by who runs the team, each time as a new version', async () => {
    const memberId = await idOf(lead.post(`/teams/${teamId}/members`, { name: 'Lin', role: 'nurse' }), 'memberId');
    const settings = {
      policies: [policyFor({ kind: 'member', memberId }, { kind: 'role', role: 'lead' })],
      outcomeWithinMin: { emergency: 15 },
      quietHours: { from: '22:00', to: '07:00' },
      dailyCap: 5,
      fleetOutage: { percent: 40, withinMin: 30 },
      debug: false,
      language: 'en',
    };
    const first = await put(settings);
    expect(first).toMatchObject({ status: 200, body: { version: 1, settings } });
    expect((await read()).body).toEqual(first.body);
    expect(first.body.effective.policies.critical).toMatchObject([{ name: 'ours', origin: 'team' }]);
    expect((await put({ dailyCap: 4 })).body).toMatchObject({ version: 2, settings: { dailyCap: 4 } });
    expect((await put({})).body.effective.dailyCap).toEqual({ value: 3, origin: 'default' });
    const { rows } = await api.database.pool.query('select version from team_alerting where team_id = $1', [teamId]);
    expect(rows).toHaveLength(3);
  });

  it('is read by the team, written by who runs it, not there for others, and audited', async () => {
    expect((await put({}, nurse)).status).toBe(403);
    expect((await read(stranger)).status).toBe(404);
    expect((await put({}, stranger)).status).toBe(404);
    const written = async () => {
      const { rows } = await api.database.pool.query(
        `select count(*)::int as written from audit_log
         where user_id = $1 and action = 'write' and status = 200 and detail::text like '%/alerting%'`,
        [lead.userId],
      );
      return rows[0].written;
    };
    // What became of a request is added once it is answered.
    await expect.poll(written).toBe(3);
  });

  it('is refused with everything at fault at once, named by its place', async () => {
    const other = await idOf(
      stranger.post(`/teams/${await southOf()}/members`, { name: 'Zhao', role: 'gp' }),
      'memberId',
    );
    const { status, body } = await put({
      policies: [policyFor({ kind: 'member', memberId: other }, { kind: 'nobody' }), { ...policyFor(), name: 'b' }],
      quietHours: { from: '22:00', to: '22:00' },
      dailyCap: 51,
    });
    expect(status).toBe(400);
    expect(body.errors.map(({ field }) => field)).toEqual([
      'policies/0/steps/0/targets/0/memberId',
      'policies/0/steps/0/targets/1/kind',
      'policies/1/steps/0/targets',
      'policies/1',
      'quietHours/to',
      'dailyCap',
    ]);
    expect(body.errors.every(({ detail }) => detail.length > 20)).toBe(true);
    expect(
      (await put({ policies: [{ ...policyFor({ kind: 'team' }), channels: ['sms'] }] })).body.errors[0]?.field,
    ).toBe('policies/0/channels');
  });

  it('can’t ask for a channel that isn’t set up here', async () => {
    const step = { delayMin: 0, targets: [{ kind: 'team' }], channels: ['sms', 'webhook'] };
    const { body } = await put({ policies: [{ ...policyFor(), steps: [step] }] });
    expect(body.errors).toMatchObject([{ field: 'policies/0/steps/0/channels/0' }]);
  });
});

describe('the organisation behind a team', () => {
  it('is refused where an escalation would come back, for a new team, a change and a move', async () => {
    const [centre, hospital] = [await organisation('Centre'), await organisation('Hospital')];
    const ours = await createTeam(api.admin, 'Ours', { organisationId: centre, backingOrganisationId: hospital });
    const own = { name: 'X', organisationId: centre, backingOrganisationId: centre };
    expect((await api.admin.post<Answer>('/teams', own)).body.errors).toMatchObject([
      { field: 'backingOrganisationId' },
    ]);
    const theirs = await createTeam(api.admin, 'Theirs', { organisationId: hospital });
    const back = await api.admin.patch<Answer>(`/teams/${theirs}`, { backingOrganisationId: centre });
    expect(back).toMatchObject({ status: 400, body: { errors: [{ field: 'backingOrganisationId' }] } });
    const loose = await createTeam(api.admin, 'Loose', { backingOrganisationId: centre });
    const moved = await api.admin.patch<Answer>(`/teams/${loose}`, { organisationId: hospital });
    expect(moved).toMatchObject({ status: 400, body: { errors: [{ field: 'organisationId' }] } });
    expect((await api.admin.patch(`/teams/${ours}`, { name: 'Ours still' })).status).toBe(200);
  });

  it('is needed before an escalation may lead to it', async () => {
    const policies = [
      { ...policyFor({ kind: 'on_call' }, { kind: 'backing_organisation' }), severities: ['emergency'] },
    ];
    expect((await put({ policies })).body.errors).toMatchObject([{ field: 'policies/0/steps/0/targets/1/kind' }]);
    await api.admin.patch(`/teams/${teamId}`, { backingOrganisationId: await organisation('University') });
    expect((await put({ policies })).status).toBe(200);
  });
});

async function southOf(): Promise<string> {
  const { body } = await stranger.get<{ items: { teamId: string }[] }>('/teams');
  return body.items[0]!.teamId;
}
