// Who is on call, asked over HTTP: by shift, layer, swap, leave and override, in gaps, without a schedule, and by whom it may be asked.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiCaller, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

interface OnCall {
  readonly basis: string;
  readonly gap?: string;
  readonly members: readonly { readonly memberId: string; readonly present: boolean }[];
}
interface Problem {
  readonly errors: readonly { readonly field: string; readonly detail: string }[];
}

/** Sunday noon in Shanghai. */
const NOW = Date.parse('2026-11-22T12:00+08:00');
const CONTACT = { channel: 'webhook', address: 'https://example.org/hook' };

let api: TestApi;
let teamId: string;
let nurse: ApiCaller;
let stranger: ApiCaller;
let lin: string;
let wang: string;
let zhao: string;

const addMember = (name: string, contacts: readonly object[] = [CONTACT]) =>
  idOf(api.admin.post(`/teams/${teamId}/members`, { name, role: 'nurse', contacts }), 'memberId');
const put = (body: object) => api.admin.put<Problem>(`/teams/${teamId}/schedule`, body);
const ask = (at: string, caller = nurse) => caller.get<OnCall>(`/oncall?teamId=${teamId}&at=${encodeURIComponent(at)}`);
const onCallIds = async (at: string) => (await ask(at)).body.members.map(({ memberId }) => memberId);
const day = () => ({ memberIds: [lin], from: '2026-11-01T08:00', to: '2026-11-01T18:00', rrule: 'FREQ=DAILY' });
const night = () => ({ memberIds: [wang], from: '2026-11-01T18:00', to: '2026-11-02T08:00', rrule: 'FREQ=DAILY' });

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'North');
  [lin, wang, zhao] = [await addMember('Lin'), await addMember('Wang'), await addMember('Zhao')];
  nurse = await api.createCaller('nurse', [{ role: 'village_worker', teamId }]);
  stranger = await api.createCaller('stranger', [{ role: 'lead', teamId: await createTeam(api.admin, 'South') }]);
});
afterAll(() => api.close());

describe('who is on call', () => {
  it('is every member where the team has no schedule, and that is said', async () => {
    const { body } = await ask('2026-11-22T02:10:00+08:00');
    expect(body).toMatchObject({ basis: 'every_member', timeZone: 'Asia/Shanghai' });
    expect(body.members).toEqual([
      { memberId: lin, name: 'Lin', role: 'nurse', present: true },
      { memberId: wang, name: 'Wang', role: 'nurse', present: true },
      { memberId: zhao, name: 'Zhao', role: 'nurse', present: true },
    ]);
  });

  it('is said with the reason: shift, swap, leave and override', async () => {
    const span = { from: '2026-11-24T18:00', to: '2026-11-25T08:00' };
    const schedule = {
      shifts: [
        day(),
        night(),
        { ...day(), memberIds: [zhao], from: '2026-11-28T08:00', to: '2026-11-28T18:00', on: 'holidays', layer: 1 },
      ],
      swaps: [{ memberIds: [lin, wang], windows: [{ from: '2026-11-23T08:00', to: '2026-11-23T18:00' }] }],
      leave: [{ memberId: wang, ...span, coveredBy: [zhao], reason: 'training' }],
      overrides: [{ memberIds: [lin], from: '2026-11-25T00:00', to: '2026-11-25T04:00' }],
    };
    const { status, body } = await put(schedule);
    expect(status).toBe(200);
    expect(body).toMatchObject(schedule);
    expect((await nurse.get(`/teams/${teamId}/schedule`)).body).toEqual(body);

    expect((await ask('2026-11-22T02:10:00+08:00')).body).toEqual({
      teamId,
      at: '2026-11-21T18:10:00.000Z',
      timeZone: 'Asia/Shanghai',
      basis: 'schedule',
      scheduleVersion: 1,
      members: [{ memberId: wang, name: 'Wang', role: 'nurse', present: true, shift: 1, layer: 0 }],
    });
    expect((await ask('2026-11-23T09:00:00+08:00')).body.members).toMatchObject([
      { memberId: wang, shift: 0, swap: { swap: 0, insteadOf: lin } },
    ]);
    expect((await ask('2026-11-24T19:00:00+08:00')).body.members).toMatchObject([
      { memberId: zhao, shift: 1, leave: { leaves: [0], insteadOf: wang } },
    ]);
    expect((await ask('2026-11-25T02:10:00+08:00')).body.members).toMatchObject([{ memberId: lin, override: 0 }]);
    expect((await ask('2026-11-28T09:00:00+08:00')).body.members).toMatchObject([
      { memberId: zhao, shift: 2, layer: 1 },
    ]);
    expect(await onCallIds('2026-11-30T09:00:00+08:00')).toEqual([lin]);
  });

  it('is nobody in a gap, and the gap is named', async () => {
    await put({ shifts: [day()] });
    expect((await ask('2026-11-22T02:10:00+08:00')).body).toMatchObject({ gap: 'no_shift', members: [] });
    await put({ shifts: [] });
    expect((await ask('2026-11-22T09:00:00+08:00')).body).toMatchObject({ basis: 'schedule', gap: 'no_shift' });
  });

  it('goes by the schedule’s own zone, else by the team’s', async () => {
    await put({ timeZone: 'Europe/Berlin', shifts: [day()] });
    expect(await onCallIds('2026-11-22T08:30:00+01:00')).toEqual([lin]);
    expect(await onCallIds('2026-11-22T08:30:00+08:00')).toEqual([]);
  });

  it('is now where no time is asked, and not for years away', async () => {
    await put({ shifts: [day(), night()] });
    expect((await nurse.get(`/oncall?teamId=${teamId}`)).body).toMatchObject({ at: new Date(NOW).toISOString() });
    const far = await nurse.get<Problem>(`/oncall?teamId=${teamId}&at=9999-01-01T00:00:00Z`);
    expect(far.status).toBe(400);
    expect(far.body.errors).toMatchObject([{ field: 'at', detail: expect.stringContaining('400 days') }]);
  });

  it('is nobody else’s business: a team out of scope is not there, and a village worker changes no schedule', async () => {
    expect((await ask('2026-11-22T02:10:00+08:00', stranger)).status).toBe(404);
    expect((await stranger.get(`/teams/${teamId}/schedule/findings`)).status).toBe(404);
    expect((await nurse.put(`/teams/${teamId}/schedule`, { shifts: [] })).status).toBe(403);
    expect((await api.admin.get('/oncall?teamId=00000000-0000-7000-8000-000000000000')).status).toBe(404);
  });
});

describe('a schedule that can’t be taken', () => {
  it('is refused with every field at fault, and the one before it stays', async () => {
    await put({ shifts: [day()] });
    const { status, body } = await put({
      shifts: [
        { ...day(), rrule: 'FREQ=DAILY;COUNT=99999' },
        { ...night(), rrule: 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30' },
        { ...night(), to: '2026-11-03T08:00' },
      ],
      swaps: [{ memberIds: [lin, lin], windows: [{ from: '2026-11-23T08:00', to: '2026-11-23T18:00' }] }],
    });
    expect(status).toBe(400);
    expect(body.errors.map(({ field }) => field)).toEqual([
      'shifts/0/rrule',
      'shifts/1/rrule',
      'shifts/2/to',
      'swaps/0/memberIds',
    ]);
    expect((await nurse.get(`/teams/${teamId}/schedule`)).body).toMatchObject({ shifts: [day()] });
  });

  it('names strangers wherever they stand', async () => {
    const span = { from: '2026-11-23T08:00', to: '2026-11-23T18:00' };
    const fieldOf = async (body: object) => (await put({ shifts: [], ...body })).body.errors.map(({ field }) => field);
    expect(await fieldOf({ overrides: [{ memberIds: [lin, teamId], ...span }] })).toEqual(['overrides/0/memberIds/1']);
    expect(await fieldOf({ swaps: [{ memberIds: [teamId, lin], windows: [span] }] })).toEqual(['swaps/0/memberIds/0']);
    expect(await fieldOf({ leave: [{ memberId: teamId, ...span }] })).toEqual(['leave/0/memberId']);
    expect(await fieldOf({ leave: [{ memberId: lin, coveredBy: [teamId], ...span }] })).toEqual([
      'leave/0/coveredBy/0',
    ]);
  });
});

describe('what a schedule needs mended', () => {
  it('is listed for the coming days, also for members who left after it was written', async () => {
    const gone = await addMember('Gone');
    const silent = await addMember('Silent', [{ channel: 'in_app', address: '' }]);
    await put({
      shifts: [
        { ...day(), memberIds: [lin, silent] },
        { ...night(), memberIds: [gone] },
        { ...night(), to: '2026-11-01T20:00' },
      ],
    });
    await api.admin.delete(`/teams/${teamId}/members/${gone}`);
    const { body } = await nurse.get(`/teams/${teamId}/schedule/findings?days=1`);
    expect(body).toEqual({
      from: '2026-11-22T04:00:00.000Z',
      to: '2026-11-23T04:00:00.000Z',
      findings: [
        { kind: 'nobody_reachable', from: '2026-11-22T12:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
        { kind: 'member_without_channel', memberId: silent, from: '2026-11-22T04:00:00.000Z' },
        { kind: 'member_left', memberId: gone, from: '2026-11-22T10:00:00.000Z' },
        { kind: 'overlap', shifts: [1, 2], count: 1, from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T12:00:00.000Z' },
      ],
    });
    expect((await ask('2026-11-22T21:00:00+08:00')).body.members).toMatchObject([{ memberId: gone, present: false }]);
    await put({ shifts: [day()] });
    expect((await nurse.get(`/teams/${teamId}/schedule/findings?days=1`)).body).toMatchObject({
      findings: [{ kind: 'gap', cause: 'no_shift', from: '2026-11-22T10:00:00.000Z', to: '2026-11-23T00:00:00.000Z' }],
    });
  });
});
