// Live events over a real socket: who hears of what, what happens to a page whose sign-in ends, and what a gap looks like.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLiveClient } from '../../dashboards/live/live-client.ts';
import { type Monitored, monitor, openAlert } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';
import { until } from '../system/until.ts';

interface OpenPage {
  readonly status: number | undefined;
  readonly type: string | undefined;
  /** All that came so far. */
  text(): string;
  events(name: string): Record<string, unknown>[];
  readonly ended: () => boolean;
  close(): void;
}

let api: TestApi;
let port: number;
let teamA: string;
let teamB: string;
let patient: Monitored;
let nurseA: ApiCaller;
let nurseB: ApiCaller;
const pages: OpenPage[] = [];

beforeAll(async () => {
  api = await createTestApi();
  await api.server.listen({ host: '127.0.0.1', port: 0 });
  port = (api.server.server.address() as AddressInfo).port;
  teamA = await createTeam(api.admin, 'A');
  teamB = await createTeam(api.admin, 'B');
  patient = await monitor(api, teamA);
  nurseA = await api.createCaller('nurse.a', [{ role: 'nurse', teamId: teamA }]);
  nurseB = await api.createCaller('nurse.b', [{ role: 'nurse', teamId: teamB }]);
});
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});
afterAll(() => api.close());

async function openPage({ token }: Pick<ApiCaller, 'token'>, headers: Record<string, string> = {}): Promise<OpenPage> {
  const asking = request({ port, path: '/api/v1/live', headers: { authorization: `Bearer ${token}`, ...headers } });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  let ended = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', () => undefined);
  response.on('close', () => {
    ended = true;
  });
  const page: OpenPage = {
    status: response.statusCode,
    type: response.headers['content-type'],
    text: () => text,
    ended: () => ended,
    events: (name) =>
      [...text.matchAll(/event: (\w+)\nid: \S+\ndata: (.*)\n\n/g)].flatMap(([, event, data]) =>
        event === name ? [JSON.parse(data ?? '')] : [],
      ),
    close: () => asking.destroy(),
  };
  pages.push(page);
  if (page.status === 200) await until('the page is open', 5_000, () => text.includes('retry:'));
  return page;
}

const notify = (payload: string) => api.database.pool.query(`select pg_notify('live', $1)`, [payload]);

describe('an open page', () => {
  it('hears within a moment of an alert of its team, and of no other team’s', async () => {
    const [ours, theirs, all] = [await openPage(nurseA), await openPage(nurseB), await openPage(api.admin)];
    expect(ours).toMatchObject({ status: 200, type: 'text/event-stream' });
    const alertId = await openAlert(api, patient, teamA);
    const expected = [{ alertId, patientId: patient.patientId }];
    await until('the team hears of it', 5_000, () => ours.events('alert').length > 0);
    await until('the administrator hears of it', 5_000, () => all.events('alert').length > 0);
    expect(ours.events('alert')).toEqual(expected);
    expect(all.events('alert')).toEqual(expected);
    const other = await monitor(api, teamB);
    await openAlert(api, other, teamB);
    await until('the other team hears of its own', 5_000, () => theirs.events('alert').length > 0);
    expect(theirs.text()).not.toContain(patient.patientId);
    expect(ours.text()).not.toContain(other.patientId);
  });

  it('hears of new readings of a patient, and that is all that is said', async () => {
    const [ours, theirs] = [await openPage(nurseA), await openPage(nurseB)];
    await notify(`patient ${patient.patientId}`);
    await until('the team hears of it', 5_000, () => ours.text().includes(patient.patientId));
    expect(ours.events('patient')).toContainEqual({ patientId: patient.patientId });
    await notify('nonsense');
    await notify('patient nobody');
    await notify(`patient ${patient.patientId}`);
    await until('it hears again', 5_000, () => ours.events('patient').length > 1);
    expect(theirs.text()).not.toContain(patient.patientId);
  });

  it('follows a patient to another team: both hear of the move, then only the new one', async () => {
    const moved = await monitor(api, teamA);
    const [before, after] = [await openPage(nurseA), await openPage(nurseB)];
    const heardOf = ({ patientId }: Monitored) =>
      before.events('patient').filter((event) => event.patientId === patientId).length;
    // What was said before has been heard when this is.
    const settle = async () => {
      const heard = heardOf(patient);
      await notify(`patient ${patient.patientId}`);
      await until('the old team hears of its own', 5_000, () => heardOf(patient) > heard);
    };
    await notify(`patient ${moved.patientId}`);
    await until('its team hears of it', 5_000, () => heardOf(moved) > 0);
    const beforeTheMove = heardOf(moved);
    await api.admin.put(`/patients/${moved.patientId}/responsibility`, { teamId: teamB });
    await until('the new team hears of it', 5_000, () => after.text().includes(moved.patientId));
    await settle();
    const afterTheMove = heardOf(moved);
    expect(afterTheMove).toBeGreaterThan(beforeTheMove);
    await notify(`patient ${moved.patientId}`);
    await settle();
    expect(heardOf(moved)).toBe(afterTheMove);
  });

  it('is told to read everything again when it comes back, and when listening was interrupted', async () => {
    const first = await openPage(nurseA);
    expect(first.events('refresh')).toEqual([]);
    const again = await openPage(nurseA, { 'last-event-id': 'x-1' });
    await until('it is told so', 5_000, () => again.events('refresh').length > 0);
    await api.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'pulseward listen live'`,
    );
    await until('the interruption is said to be one', 10_000, () => first.events('refresh').length > 0);
    const alertId = await openAlert(api, await monitor(api, teamA), teamA);
    await until('it hears again', 5_000, () => first.text().includes(alertId));
  });

  it('gives each event an id of its own', async () => {
    const page = await openPage(nurseA);
    for (let n = 0; n < 3; n++) {
      await notify(`patient ${patient.patientId}`);
      await until('it is heard', 5_000, () => page.events('patient').length > n);
    }
    const ids = [...page.text().matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a page whose sign-in ends', () => {
  it('is closed when the token is revoked', async () => {
    const caller = await api.createCaller('leaver', [{ role: 'nurse', teamId: teamA }]);
    const page = await openPage(caller);
    await api.database.pool.query('update tokens set revoked_at = now() where user_id = $1', [caller.userId]);
    await until('it is closed', 8_000, page.ended);
  });

  it('hears nothing any more once its grant is gone', async () => {
    const caller = await api.createCaller('mover', [{ role: 'nurse', teamId: teamA }]);
    const page = await openPage(caller);
    const grants = (await api.admin.get<{ items: { grantId: string }[] }>(`/grants?userId=${caller.userId}`)).body;
    await api.admin.delete(`/grants/${grants.items[0]?.grantId}`);
    const other = await openPage(nurseA);
    await notify(`patient ${patient.patientId}`);
    await until('the team hears of it', 5_000, () => other.text().includes(patient.patientId));
    expect(page.text()).not.toContain(patient.patientId);
  });

  it('and one without a sign-in is not opened', async () => {
    expect(await openPage({ token: 'nobodys' })).toMatchObject({ status: 401 });
  });
});

describe('a page that doesn’t read', () => {
  it('is let go before it costs more than a bounded buffer', () => {
    const client = createLiveClient({ userId: 'u', tokenId: 't', nextId: () => '1' });
    const event = { name: 'patient', patientId: patient.patientId, teamIds: [] } as const;
    let sent = 0;
    while (client.isOpen && sent < 10_000) {
      client.send([event]);
      sent += 1;
    }
    expect(client.isOpen).toBe(false);
    expect(sent).toBeLessThan(1_000);
  });

  it('gets a burst as one request to read again', () => {
    const client = createLiveClient({ userId: 'u', tokenId: 't', nextId: () => '1' });
    const event = { name: 'patient', patientId: patient.patientId, teamIds: [] } as const;
    client.send(Array.from({ length: 1_000 }, () => event));
    expect(client.stream.read().toString()).toBe('retry: 2000\n\nevent: refresh\nid: 1\ndata: {}\n\n');
    client.stream.destroy();
  });
});

it('stopping the server ends every open page', async () => {
  const own = await createTestApi();
  await own.server.listen({ host: '127.0.0.1', port: 0 });
  const before = port;
  port = (own.server.server.address() as AddressInfo).port;
  const page = await openPage(own.admin);
  port = before;
  const startedAt = performance.now();
  await own.close();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await until('the page has ended', 2_000, page.ended);
});
