// The link at the end of a message to a patient or carer, as whoever follows it meets it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { issueOptOutToken } from '../../storage/registry/opt-out.ts';
import { createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Contact {
  readonly contactId: string;
  readonly consent: boolean;
  readonly consentAt?: string;
  readonly consentWithdrawnAt?: string;
}

let api: TestApi;
let patientId: string;
let contacts: readonly Contact[];

beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  const { body: team } = await api.admin.post<{ teamId: string }>('/teams', { name: 'Team' });
  const patient = { name: '王小明', birthDate: '1950-01-01', sex: 'male', conditions: [], teamId: team.teamId };
  patientId = (await api.admin.post<{ patientId: string }>('/patients', patient)).body.patientId;
  contacts = await put([contact('self'), contact('carer')]);
});

const contact = (relation: string, consent = true) => ({
  relation,
  channel: 'webhook',
  address: `https://phone.example/${relation}`,
  consent,
});
const put = async (given: readonly object[]) =>
  (await api.admin.put<{ contacts: Contact[] }>(`/patients/${patientId}/contacts`, { contacts: given })).body.contacts;
const present = async () =>
  (await api.admin.get<{ contacts: Contact[] }>(`/patients/${patientId}/contacts`)).body.contacts;
const linkOf = async ({ contactId }: Contact) =>
  `/stop/${await issueOptOutToken(api.database.pool, api.services.vault, contactId)}`;
const look = (url: string) => api.server.inject({ method: 'GET', url });
const press = (url: string) =>
  api.server.inject({ method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

test('says in Chinese and English what it does, and does nothing by being looked at', async () => {
  const { statusCode, headers, body } = await look(await linkOf(contacts[1]!));
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/html/);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['content-security-policy']).toMatch(/default-src 'none'.*form-action 'self'/);
  expect(body).toMatch(/不再接收脉守提醒.*Stop messages from Pulseward/s);
  expect((await present()).map(({ consent }) => consent)).toEqual([true, true]);
});

test('tells whoever has the link nothing of whom it is about', async () => {
  const link = await linkOf(contacts[1]!);
  const { body } = await look(link);
  expect(link).toMatch(/^\/stop\/[\w-]{22}$/);
  for (const secret of [
    '王',
    'phone.example',
    patientId,
    contacts[1]!.contactId,
    contacts[1]!.contactId.replaceAll('-', ''),
  ])
    expect(body + link + Buffer.from(link.slice(6), 'base64url').toString('hex')).not.toContain(secret);
});

test('its button withdraws the consent of that contact alone, on the audit log, without the link', async () => {
  const link = await linkOf(contacts[1]!);
  const { statusCode, body } = await press(link);
  expect(statusCode).toBe(200);
  expect(body).toMatch(/已停止.*Stopped/s);
  expect(await present()).toMatchObject([
    { consent: true },
    { consent: false, consentWithdrawnAt: expect.any(String) },
  ]);
  const { rows } = await api.database.pool.query(
    `select actor, action, status, patient_key is not null as known, detail from audit_log where detail->>'route' = '/stop/:token'
     order by audit_id desc limit 1`,
  );
  expect(rows).toMatchObject([
    { actor: 'anonymous', action: 'write', status: 200, known: true, detail: { contactId: contacts[1]!.contactId } },
  ]);
  expect(JSON.stringify(rows)).not.toContain(link.slice(6));
  expect((await look(link)).body).toMatch(/已停止/);
});

test('pressed twice, it was withdrawn the first time; given again, it is dated anew', async () => {
  const link = await linkOf(contacts[0]!);
  const day = Date.UTC(2026, 10, 23);
  api.setNow(day);
  await press(link);
  api.setNow(day + 3_600_000);
  await press(link);
  expect((await present())[0]).toMatchObject({ consent: false, consentWithdrawnAt: '2026-11-23T00:00:00.000Z' });
  // Whoever saves the contacts as they found them changes nothing.
  expect((await put([contact('self', false), contact('carer')]))[0]).toMatchObject({
    consent: false,
    consentWithdrawnAt: '2026-11-23T00:00:00.000Z',
  });
  expect((await put([contact('self'), contact('carer')]))[0]).toMatchObject({
    consent: true,
    consentAt: '2026-11-23T01:00:00.000Z',
  });
  expect((await look(link)).body).toMatch(/不再接收/);
});

test('of a link that nobody was sent there is nothing, and nothing is written down', async () => {
  await linkOf(contacts[0]!);
  const before = await countAudit();
  for (const url of [`/stop/${'A'.repeat(22)}`, `/stop/${contacts[0]!.contactId}`, '/stop/x']) {
    expect((await look(url)).statusCode).toBe(404);
    expect((await press(url)).statusCode).toBe(404);
  }
  expect(await countAudit()).toBe(before);
  expect((await present())[0]).toMatchObject({ consent: true });
});

test('who tries many links is slowed', async () => {
  const from = (): Promise<unknown> =>
    api.server.inject({ method: 'POST', url: `/stop/${'B'.repeat(22)}`, remoteAddress: '203.0.113.9' });
  for (let tries = 0; tries < 24; tries++) await from();
  const before = performance.now();
  await from();
  expect(performance.now() - before).toBeGreaterThan(150);
});

async function countAudit(): Promise<number> {
  const { rows } = await api.database.pool.query<{ count: number }>('select count(*)::int as count from audit_log');
  return rows[0]!.count;
}
