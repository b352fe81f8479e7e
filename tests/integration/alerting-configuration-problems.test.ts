// What has to be mended in how teams can be reached: listed for each team, counted in /metrics, and never a message or an alert.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { createConfigurationWatch } from '../../alerting/watch-configuration.ts';
import { type Counters, createCounters } from '../../runtime/counters.ts';
import { type ApiCaller, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

interface Finding {
  readonly kind: string;
  readonly name?: string;
  readonly channel?: string;
  readonly policy?: string;
  readonly step?: number;
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cause?: string;
}

interface Route {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly messages: readonly unknown[];
}

const NOW = Date.parse('2026-11-22T12:00:00+08:00');
const CONTACT = { channel: 'webhook', address: 'https://example.org/hook' };

let api: TestApi;
let nurse: ApiCaller;
let stranger: ApiCaller;
let good: string;
let bad: string;

const addMember = (teamId: string, name: string, role: string, contacts: readonly object[] = [CONTACT]) =>
  idOf(api.admin.post(`/teams/${teamId}/members`, { name, role, contacts }), 'memberId');
const findingsOf = async (teamId: string, caller = api.admin, query = '') =>
  caller.get<{ from: string; to: string; findings: Finding[] }>(`/teams/${teamId}/alerting/findings${query}`);
async function problemsIn(counters: Counters) {
  const metric = (await counters.snapshot()).find(({ name }) => name === 'pulseward_alerting_configuration_problems');
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels.kind, value]));
}

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  good = await createTeam(api.admin, 'Good');
  await addMember(good, 'Wang', 'lead');
  bad = await createTeam(api.admin, 'Bad');
  const lin = await addMember(bad, 'Lin', 'nurse', [CONTACT, { ...CONTACT, address: 'https://example.org/two' }]);
  await api.database.pool.query(`update member_contacts set verified_at = null where member_id = $1 and position = 1`, [
    lin,
  ]);
  await addMember(bad, 'Zhao', 'gp', []);
  await api.admin.put(`/teams/${bad}/schedule`, {
    shifts: [{ memberIds: [lin], from: '2026-11-22T08:00', to: '2026-11-23T08:00' }],
  });
  const nobody = { delayMin: 9, targets: [{ kind: 'role', role: 'specialist' }] };
  const steps = [{ delayMin: 0, targets: [{ kind: 'on_call' }] }, nobody];
  await api.admin.put(`/teams/${bad}/alerting`, { policies: [{ name: 'ours', severities: ['emergency'], steps }] });
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId: bad }]);
  stranger = await api.createCaller('stranger', [{ role: 'lead', teamId: good }]);
});
afterAll(() => api.close());

describe('what has to be mended', () => {
  it('is nothing for a team that can be reached', async () => {
    expect((await findingsOf(good)).body.findings).toEqual([]);
  });

  it('is listed with names, contacts, steps and times for who reads the team, and not there for strangers', async () => {
    const { status, body } = await findingsOf(bad, nurse, '?days=7');
    expect(status).toBe(200);
    expect(body).toMatchObject({ from: '2026-11-22T04:00:00.000Z', to: '2026-11-29T04:00:00.000Z' });
    expect(body.findings).toMatchObject([
      { kind: 'no_lead' },
      { kind: 'unverified_contact', name: 'Lin', channel: 'webhook' },
      { kind: 'member_without_channel', name: 'Zhao' },
      { kind: 'step_reaches_nobody', policy: 'ours', step: 1, reason: 'nobody_has_this_role' },
      { kind: 'gap', cause: 'no_shift', from: '2026-11-23T00:00:00.000Z', to: '2026-11-29T04:00:00.000Z' },
    ]);
    expect((await findingsOf(bad, stranger)).status).toBe(404);
  });

  it('is counted over all teams once each was looked at, and goes down when it is mended', async () => {
    const counters = createCounters({ part: 'test' });
    const channels = new Map([
      ['webhook', { name: 'webhook', follows: true, send: async () => ({ fate: 'delivered' as const }) }],
    ]);
    const watch = createConfigurationWatch({
      ...{ pool: api.database.pool, channels, counters: createAlertingCounters(counters), now: () => NOW },
    });
    const read = () => problemsIn(counters);
    for (let i = 0; i < 12; i += 1) await createTeam(api.admin, `Empty ${i}`);
    expect(await watch.round()).toBe(true);
    expect(await read()).toEqual({});
    expect(await watch.round()).toBe(false);
    expect(await read()).toMatchObject({ no_members: 12, no_lead: 1, unverified_contact: 1, gap: 1, overlap: 0 });
    await api.database.pool.query('update member_contacts set verified_at = now()');
    while (await watch.round());
    expect(await read()).toMatchObject({ no_members: 12, unverified_contact: 0 });
  });

  it('has contacts at which nothing arrives any more: listed, counted, no working channel on duty, and said of a route', async () => {
    const counters = createCounters({ part: 'test' });
    const channel = { name: 'webhook', follows: true, send: async () => ({ fate: 'delivered' as const }) };
    const watch = createConfigurationWatch({
      ...{ pool: api.database.pool, channels: new Map([['webhook', channel]]), now: () => NOW },
      counters: createAlertingCounters(counters),
    });
    const team = await createTeam(api.admin, 'Dead ends');
    const qian = await addMember(team, 'Qian', 'lead');
    const shift = { memberIds: [qian], from: '2026-11-22T08:00', to: '2026-12-24T08:00' };
    expect((await api.admin.put(`/teams/${team}/schedule`, { shifts: [shift] })).status).toBe(200);
    const route = async () => {
      const about = { condition: 'glucose', direction: 'low', severity: 'critical' };
      return (await api.admin.post<Route>('/routes/test', { teamId: team, ...about })).body;
    };
    expect((await findingsOf(team)).body.findings).toEqual([]);
    expect(await route()).toMatchObject({ ok: true, problems: [] });

    const notificationId = randomUUID();
    await api.database.pool.query(
      `insert into notifications (notification_id, team_id, subject, occurrence, contact_id, member_id, channel, kind, severity, reason,
         sent_key, status, last_failure, created_at, settled_at)
       select $1, $2, '{}', 1, contact_id, member_id, channel, 'handover', 'info', 'x', 'x', 'failed', 'http_410', 1, 2
       from member_contacts where member_id = $3`,
      [notificationId, team, qian],
    );
    const [, dead] = (await findingsOf(team)).body.findings.filter(({ name }) => name === 'Qian');
    expect(dead).toMatchObject({ kind: 'dead_contact', channel: 'webhook' });
    const kinds = (await findingsOf(team)).body.findings.map(({ kind }) => kind);
    expect(kinds).toEqual(['nobody_beyond_the_app', 'member_without_channel', 'dead_contact', 'nobody_reachable']);
    const onDuty = await api.admin.get<{ findings: Finding[] }>(`/teams/${team}/schedule/findings`);
    expect(onDuty.body.findings.map(({ kind }) => kind)).toContain('member_without_channel');
    while (await watch.round());
    expect(await problemsIn(counters)).toMatchObject({ dead_contact: 1 });
    const told = await route();
    expect(told).toMatchObject({ ok: false, messages: [] });
    expect(told.problems).toContain('dead_contact');

    await api.database.pool.query(`update notifications set status = 'delivered' where notification_id = $1`, [
      notificationId,
    ]);
    expect((await findingsOf(team)).body.findings).toEqual([]);
    expect(await route()).toMatchObject({ ok: true, problems: [] });
    await api.database.pool.query('delete from notifications');
  });

  it('of a team that can’t be looked at stays as it was, counts as not checked, and takes nothing from the others', async () => {
    const counters = createCounters({ part: 'test' });
    const watch = createConfigurationWatch({
      ...{ pool: api.database.pool, channels: new Map(), counters: createAlertingCounters(counters), now: () => NOW },
    });
    const read = () => problemsIn(counters);
    while (await watch.round());
    const sound = await read();
    expect(sound).toMatchObject({ no_members: 12, no_lead: 1, gap: 1, not_checked: 0 });
    const { pool } = api.database;
    await pool.query(`update teams set time_zone = 'Atlantis/Sunk' where team_id = $1`, [bad]);
    const wholePass = async () => {
      while (await watch.round());
    };
    await expect(wholePass()).rejects.toThrow(/Atlantis/);
    expect(await read()).toEqual({ ...sound, not_checked: 1 });
    await expect(wholePass()).rejects.toThrow(/Atlantis/);
    expect(await read()).toEqual({ ...sound, not_checked: 1 });
    await pool.query(`update teams set time_zone = 'Asia/Shanghai' where team_id = $1`, [bad]);
    await wholePass();
    expect(await read()).toEqual(sound);
  });

  it('is no alert and no message', async () => {
    const { body } = await api.admin.get<{ items: unknown[] }>('/alerts');
    expect(body.items).toEqual([]);
    const { rows } = await api.database.pool.query('select count(*)::int as n from notifications');
    expect(rows[0].n).toBe(0);
  });
});
