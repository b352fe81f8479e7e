// POST /alerts/test: by whom a test of a team's alerting may be asked for, and what is answered.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiCaller, createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Answer {
  readonly alertId: string;
  readonly test?: boolean;
  readonly patientId?: string;
  readonly errors: readonly { readonly field: string }[];
}

let api: TestApi;
let teamId: string;
let patientId: string;
let lead: ApiCaller;
let nurse: ApiCaller;
let stranger: ApiCaller;
const ask = (body: object, caller = lead) => caller.post<Answer>('/alerts/test', { severity: 'critical', ...body });

beforeAll(async () => {
  api = await createTestApi();
  teamId = await createTeam(api.admin, 'North');
  patientId = await createPatient(api.admin, teamId);
  lead = await api.createCaller('lead', [{ role: 'lead', teamId }]);
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  stranger = await api.createCaller('stranger', [{ role: 'lead', teamId: await createTeam(api.admin, 'South') }]);
});
afterAll(() => api.close());

it('whoever runs a team tests it without naming a patient, and sees the test as one', async () => {
  const { status, body } = await ask({ teamId });
  expect(status).toBe(201);
  expect(body).toMatchObject({ teamId, severity: 'critical', condition: 'glucose', direction: 'low', test: true });
  expect(body.patientId).toBeUndefined();
  const detail = await nurse.get<Answer & { timeline: { event: string; reason: string; userId: string }[] }>(
    `/alerts/${body.alertId}`,
  );
  expect(detail).toMatchObject({ status: 200, body: { test: true, evidence: [] } });
  expect(detail.body.timeline).toMatchObject([{ event: 'opened', reason: 'test_asked_for', userId: lead.userId }]);
  const { body: list } = await nurse.get<{ items: Answer[] }>('/alerts?state=open');
  expect(list.items.map((alert) => alert.alertId)).toEqual([body.alertId]);
  expect((await nurse.post(`/alerts/${body.alertId}/acknowledge`)).status).toBe(200);
  expect((await stranger.get(`/alerts/${body.alertId}`)).status).toBe(404);
});

it('a test for a patient is of the team that is responsible', async () => {
  const { status, body } = await ask({
    patientId,
    condition: 'blood_pressure',
    direction: 'high',
    includePatient: true,
  });
  expect({ status, body }).toMatchObject({ status: 201, body: { teamId, patientId, condition: 'blood_pressure' } });
});

it('who doesn’t run the team may not test it, and to strangers it isn’t there', async () => {
  expect((await ask({ teamId }, nurse)).status).toBe(403);
  expect((await ask({ teamId }, stranger)).status).toBe(404);
  expect((await ask({ patientId }, stranger)).status).toBe(404);
});

it('a test is for one of a team and a patient, and tells a patient only where there is one', async () => {
  expect((await ask({})).body.errors).toMatchObject([{ field: 'teamId' }]);
  expect((await ask({ teamId, patientId })).body.errors).toMatchObject([{ field: 'teamId' }]);
  expect((await ask({ teamId, includePatient: true })).body.errors).toMatchObject([{ field: 'includePatient' }]);
});

it('the sixth test at once is a conflict with the remedy', async () => {
  for (let asked = 0; asked < 5; asked += 1) await ask({ teamId });
  const { status, body } = await ask({ teamId });
  expect(status).toBe(409);
  expect(JSON.stringify(body)).toContain('close one of them');
});

it('the 21st test within an hour is too many, with how long to wait', async () => {
  const busy = await createTeam(api.admin, 'Busy');
  for (let asked = 0; asked < 20; asked += 1) {
    const { status, body } = await ask({ teamId: busy }, api.admin);
    expect(status).toBe(201);
    expect((await api.admin.post(`/alerts/${body.alertId}/resolve`, { outcome: 'no_action' })).status).toBe(200);
  }
  const { status, headers } = await ask({ teamId: busy }, api.admin);
  expect(status).toBe(429);
  const seconds = Number(headers['retry-after']);
  expect(seconds).toBeGreaterThan(3_000);
  expect(seconds).toBeLessThanOrEqual(3_600);
});
