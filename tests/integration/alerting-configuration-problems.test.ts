// What has to be mended in how teams can be reached: listed for each team, counted in /metrics, and never a message or an alert.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { createConfigurationWatch } from '../../alerting/watch-configuration.ts';
import { createCounters } from '../../runtime/counters.ts';
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
    const read = async () => {
      const metric = (await counters.snapshot()).find(
        ({ name }) => name === 'pulseward_alerting_configuration_problems',
      );
      return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels.kind, value]));
    };
    for (let i = 0; i < 12; i += 1) await createTeam(api.admin, `Empty ${i}`);
    expect(await watch.round()).toBe(true);
    expect(await read()).toEqual({});
    expect(await watch.round()).toBe(false);
    expect(await read()).toMatchObject({ no_members: 12, no_lead: 1, unverified_contact: 1, gap: 1, overlap: 0 });
    await api.database.pool.query('update member_contacts set verified_at = now()');
    while (await watch.round());
    expect(await read()).toMatchObject({ no_members: 12, unverified_contact: 0 });
  });

  it('is no alert and no message', async () => {
    const { body } = await api.admin.get<{ items: unknown[] }>('/alerts');
    expect(body.items).toEqual([]);
    const { rows } = await api.database.pool.query('select count(*)::int as n from notifications');
    expect(rows[0].n).toBe(0);
  });
});
