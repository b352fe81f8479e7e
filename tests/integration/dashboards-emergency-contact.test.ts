// Where the patient of an emergency is and how they are called: for whoever has taken it over.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openAlert } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Detail {
  readonly contact?: { readonly phone?: string; readonly address?: string };
}

const PHONE = '13800000001';
const ADDRESS = '杭州市西湖区文三路 1 号 2 幢 301';

let api: TestApi;
let teamId: string;
let nurse: ApiCaller;
let colleague: ApiCaller;
let patient: { readonly patientId: string; readonly patientKey: number };

beforeAll(async () => {
  api = await createTestApi();
  teamId = await createTeam(api.admin, 'A');
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  colleague = await api.createCaller('colleague', [{ role: 'nurse', teamId }]);
});
afterAll(() => api.close());
beforeEach(async () => {
  const patientId = await createPatient(api.admin, teamId, { phone: PHONE, address: ADDRESS });
  const { rows } = await api.database.pool.query<{ patient_key: number }>(
    'select patient_key from patients where patient_id = $1',
    [patientId],
  );
  patient = { patientId, patientKey: rows[0]!.patient_key };
});

const seenBy = async (caller: ApiCaller, alertId: string) =>
  (await caller.get<Detail>(`/alerts/${alertId}`)).body.contact;
const openings = async () => {
  const { rows } = await api.database.pool.query<{ user_id: string }>(
    `select user_id from audit_log where action = 'open' and kind = 'contacts' and patient_key = $1`,
    [patient.patientKey],
  );
  return rows.map(({ user_id: userId }) => userId);
};

test('the nurse who takes an emergency over sees phone and address, on the audit log; her colleague doesn’t', async () => {
  const alertId = await openAlert(api, patient, teamId, { severity: 'emergency' });
  expect(await seenBy(nurse, alertId)).toBeUndefined();
  expect((await nurse.post(`/alerts/${alertId}/acknowledge`, {})).status).toBe(200);
  expect(await seenBy(nurse, alertId)).toEqual({ phone: PHONE, address: ADDRESS });
  expect(await seenBy(colleague, alertId)).toBeUndefined();
  expect(await seenBy(api.admin, alertId)).toBeUndefined();
  expect(await openings()).toEqual([nurse.userId]);
});

test('what was an emergency and is less bad by now still shows them, until it is closed', async () => {
  const alertId = await openAlert(api, patient, teamId, { severity: 'emergency' });
  await nurse.post(`/alerts/${alertId}/acknowledge`, {});
  await api.database.pool.query(`update alerts set severity = 'critical' where alert_id = $1`, [alertId]);
  expect(await seenBy(nurse, alertId)).toEqual({ phone: PHONE, address: ADDRESS });
  expect((await nurse.post(`/alerts/${alertId}/resolve`, { outcome: 'called' })).status).toBe(200);
  expect(await seenBy(nurse, alertId)).toBeUndefined();
});

test('a critical alert shows neither', async () => {
  const alertId = await openAlert(api, patient, teamId, { severity: 'critical' });
  await nurse.post(`/alerts/${alertId}/acknowledge`, {});
  expect(await seenBy(nurse, alertId)).toBeUndefined();
  expect(await openings()).toEqual([]);
});

test('where neither is registered that can be told from not being allowed to see them', async () => {
  await api.admin.patch(`/patients/${patient.patientId}`, { phone: null, address: null });
  const alertId = await openAlert(api, patient, teamId, { severity: 'emergency' });
  await nurse.post(`/alerts/${alertId}/acknowledge`, {});
  expect(await seenBy(nurse, alertId)).toEqual({});
});
