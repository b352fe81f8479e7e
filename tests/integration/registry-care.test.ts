// What is true of a patient, dated, and what a change of it sets off; teams, their contacts and schedules.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMemberContact } from '../../storage/registry/member-contacts.ts';
import { createPatientProfiles } from '../../storage/registry/patient-profiles.ts';
import { refreshPatientRisks } from '../../storage/risk/patient-risks.ts';
import { createPatient, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

const NOW = Date.UTC(2026, 10, 22, 4);
const DAY_MS = 86_400_000;
const iso = (instant: number) => new Date(instant).toISOString();

let api: TestApi;
let teamId: string;
let patientId: string;

beforeAll(async () => {
  api = await createTestApi({ PULSEWARD_WEBHOOK_ALLOW: '10.0.0.0/8' });
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'Team');
});
afterAll(() => api.close());
beforeEach(async () => {
  api.setNow(NOW);
  patientId = await createPatient(api.admin, teamId);
});

const patientKey = async () =>
  (await api.database.pool.query('select patient_key from patients where patient_id = $1', [patientId])).rows[0]
    .patient_key as number;
const profile = async () => {
  const profiles = createPatientProfiles({ pool: api.database.pool, changes: api.services.storage.changes });
  const key = await patientKey();
  return (await profiles.load([key])).get(key)!.profile;
};

describe('a registered patient', () => {
  it('is answered whole, with the conditions from the beginning', async () => {
    const { body } = await api.admin.get(`/patients/${patientId}`);
    expect(body).toEqual({
      patientId,
      name: '王小明',
      birthDate: '1956-07-01',
      sex: 'male',
      conditions: ['type_2_diabetes'],
      riskGroup: 'standard',
      teamId,
      timeZone: 'Asia/Shanghai',
      registeredAt: iso(NOW),
      identifiers: [],
      nextFollowUp: { action: 'routine', dueOn: '2027-02-22', reason: 'never_seen' },
      conditionHistory: [{ value: 'type_2_diabetes' }],
      riskGroupHistory: [],
    });
  });

  it('is to be seen next as the visits before say: again within two weeks, referred, or at once', async () => {
    const visited = (daysAgo: number, details: object, kind = 'clinic') =>
      api.admin.post(`/patients/${patientId}/visits`, { at: NOW - daysAgo * DAY_MS, kind, details });
    const next = async () => (await api.admin.get(`/patients/${patientId}`)).body.nextFollowUp;
    await visited(20, { controlled: false });
    expect(await next()).toEqual({ action: 'recheck', dueOn: '2026-11-16', reason: 'uncontrolled' });
    await visited(3, { controlled: false }, 'home');
    expect(await next()).toEqual({ action: 'refer', dueOn: '2026-12-03', reason: 'uncontrolled_again' });
    await visited(1, { emergency: true }, 'phone');
    const emergency = { action: 'refer', dueOn: '2026-12-05', reason: 'emergency', atOnce: true };
    expect(await next()).toEqual(emergency);
    const { body } = await api.admin.get<{ items: { ruleId: string; followUp?: object }[] }>(
      `/patients/${patientId}/verdicts`,
    );
    expect(body.items.flatMap(({ followUp }) => followUp ?? [])).toEqual([emergency]);
    await visited(0, { controlled: true });
    expect(await next()).toEqual({ action: 'routine', dueOn: '2027-02-22', reason: 'quarterly' });
  });

  it('has no follow-up of nothing that is followed up, and one as often as a plan says', async () => {
    await api.admin.patch(`/patients/${patientId}`, { conditions: ['type_1_diabetes'] });
    const next = async () => (await api.admin.get(`/patients/${patientId}`)).body.nextFollowUp;
    expect(await next()).toBeUndefined();
    await api.admin.put(`/patients/${patientId}/plan`, { visitIntervalMonths: 1 });
    expect(await next()).toEqual({ action: 'routine', dueOn: '2026-12-22', reason: 'never_seen' });
  });

  it('keeps what held before when conditions and risk group change', async () => {
    const since = NOW - 5 * DAY_MS;
    const change = { conditions: ['type_2_diabetes', 'hypertension'], riskGroup: 'older_high_risk', from: since };
    expect((await api.admin.patch(`/patients/${patientId}`, change)).body).toMatchObject({
      conditions: ['type_2_diabetes', 'hypertension'],
      riskGroup: 'older_high_risk',
      conditionHistory: [{ value: 'type_2_diabetes' }, { value: 'hypertension', from: iso(since) }],
    });
    const without = await api.admin.patch(`/patients/${patientId}`, { conditions: ['hypertension'] });
    expect(without.body).toMatchObject({
      conditions: ['hypertension'],
      conditionHistory: [
        { value: 'type_2_diabetes', to: iso(NOW) },
        { value: 'hypertension', from: iso(since) },
      ],
    });
  });

  it('loses a phone that is set to null and keeps what is not named', async () => {
    await api.admin.patch(`/patients/${patientId}`, { phone: '13912345678', address: 'Street 1' });
    const { body } = await api.admin.patch(`/patients/${patientId}`, { phone: null });
    expect([body.phone, body.address, body.name]).toEqual([undefined, 'Street 1', '王小明']);
  });

  it('that moves to another time zone has every summed-up day computed again', async () => {
    const key = await patientKey();
    await api.database.pool.query(
      `insert into day_summaries (patient_key, day, kind, summary, computed_at) values ($1, '2026-11-10', 'cgm', '{}', 1)`,
      [key],
    );
    await api.database.pool.query('delete from dirty_days');
    await api.admin.patch(`/patients/${patientId}`, { timeZone: 'Europe/Berlin' });
    const { rows } = await api.database.pool.query('select day from dirty_days where patient_key = $1 order by day', [
      key,
    ]);
    expect(rows.map(({ day }) => day)).toEqual(['2026-11-09', '2026-11-10', '2026-11-11', '2026-11-21', '2026-11-22']);
  });
});

describe('a treatment', () => {
  it('is part of what rules know, can be ended, and sets today and yesterday to be judged again', async () => {
    await api.database.pool.query('delete from dirty_days');
    const from = NOW - 30 * DAY_MS;
    const treatment = { class: 'insulin', name: 'Glargine', from };
    const treatmentId = await idOf(api.admin.post(`/patients/${patientId}/treatments`, treatment), 'treatmentId');
    expect((await profile()).treatments).toEqual([{ class: 'insulin', from }]);
    const { rows } = await api.database.pool.query('select day, evaluate from dirty_days order by day');
    expect(rows).toEqual([
      { day: '2026-11-21', evaluate: true },
      { day: '2026-11-22', evaluate: true },
    ]);
    const path = `/patients/${patientId}/treatments/${treatmentId}`;
    expect((await api.admin.patch(path, { to: from })).body.errors).toMatchObject([{ field: 'to' }]);
    expect((await api.admin.patch(path, { to: NOW })).body).toMatchObject({ to: iso(NOW) });
    expect((await profile()).treatments).toEqual([{ class: 'insulin', from, to: NOW }]);
    expect((await api.admin.patch(path, { to: null })).body.to).toBeUndefined();
  });
});

it('a treatment or a symptom that no rule could know is refused with what is allowed; its name and note are free', async () => {
  const path = `/patients/${patientId}`;
  const treatment = { class: 'Insuline', name: '甘精胰岛素 300 U/ml', from: NOW };
  const misspelt = await api.admin.post(`${path}/treatments`, treatment);
  const words = expect.stringMatching(/^class must be one of insulin, sulfonylurea, .*, other\.$/);
  expect([misspelt.status, misspelt.body.errors]).toEqual([400, [{ field: 'class', detail: words }]]);
  const other = await api.admin.post(`${path}/treatments`, { ...treatment, class: 'other' });
  expect([other.status, other.body]).toMatchObject([201, { class: 'other', name: treatment.name }]);
  const mended = await api.admin.patch(`${path}/treatments/${other.body.treatmentId}`, { class: 'insulin' });
  expect(mended.body).toMatchObject({ class: 'insulin', name: treatment.name });
  expect((await profile()).treatments).toEqual([{ class: 'insulin', from: NOW }]);

  const symptom = await api.admin.post(`${path}/symptoms`, { at: NOW, code: 'chest-pain' });
  const codes = expect.stringMatching(/^code must be one of chest_pain, .*, other\.$/);
  expect([symptom.status, symptom.body.errors]).toEqual([400, [{ field: 'code', detail: codes }]]);
});

describe('a plan', () => {
  it('holds from a day on, ends the one before, and says when CGM is expected', async () => {
    const first = NOW - 10 * DAY_MS;
    await api.admin.put(`/patients/${patientId}/plan`, { cgmExpected: true, from: first });
    const put = await api.admin.put(`/patients/${patientId}/plan`, { visitIntervalMonths: 1 });
    expect(put.body).toEqual({ visitIntervalMonths: 1, from: iso(NOW) });
    expect((await api.admin.get(`/patients/${patientId}/plan`)).body).toEqual({
      present: { visitIntervalMonths: 1, from: iso(NOW) },
      history: [
        { cgmExpected: true, from: iso(first), to: iso(NOW) },
        { visitIntervalMonths: 1, from: iso(NOW) },
      ],
    });
    expect((await profile()).cgmPeriods).toEqual([{ from: first, to: NOW }]);
  });

  it('that would run into a later one is refused', async () => {
    await api.admin.put(`/patients/${patientId}/plan`, { cgmExpected: true, from: NOW + DAY_MS });
    expect((await api.admin.put(`/patients/${patientId}/plan`, { cgmExpected: false })).status).toBe(409);
    const beside = { cgmExpected: false, to: NOW + DAY_MS };
    expect((await api.admin.put(`/patients/${patientId}/plan`, beside)).status).toBe(200);
  });
});

it('targets are kept by rule and threshold, in a unit', async () => {
  const line = { value: 4.4, unit: 'mmol/L' };
  const thresholds = { 'CGM-02': { below: line, clearAt: line } };
  const put = await api.admin.put(`/patients/${patientId}/targets`, { thresholds });
  expect(put.body).toEqual({ thresholds, from: iso(NOW), revision: 1 });
  expect((await api.admin.get(`/patients/${patientId}/targets`)).body).toMatchObject({ present: { thresholds } });
  const wrong = { thresholds: { 'CGM-02': { below: { value: 4.4, unit: 'mmol' } } } };
  const refused = await api.admin.put(`/patients/${patientId}/targets`, wrong);
  expect(refused.body.errors).toMatchObject([{ field: 'thresholds/CGM-02/below/unit' }]);
  const fieldOf = async (rule: string, name: string, value: number, unit: string) => {
    const body = { thresholds: { [rule]: { [name]: { value, unit } } } };
    const { status, body: answer } = await api.admin.put<{ errors: { field: string }[] }>(
      `/patients/${patientId}/targets`,
      body,
    );
    return [status, answer.errors[0]?.field];
  };
  expect(await fieldOf('CGM-99', 'below', 4, 'mmol/L')).toEqual([400, 'thresholds/CGM-99']);
  expect(await fieldOf('CGM-02', 'beneath', 4, 'mmol/L')).toEqual([400, 'thresholds/CGM-02/beneath']);
  expect(await fieldOf('CGM-02', 'below', 4, 'min')).toEqual([400, 'thresholds/CGM-02/below']);
  expect(await fieldOf('SMBG-03', 'atOrAbove', 20, 'mmol/L')).toEqual([400, 'thresholds/SMBG-03/atOrAbove']);
  expect(await fieldOf('CGM-02', 'below', 4.4, 'mg/dL')).toEqual([400, 'thresholds/CGM-02/below']);
});

it('visits and symptoms are recorded with who and when, the newest first', async () => {
  const visits = `/patients/${patientId}/visits`;
  expect(
    (await api.admin.post(visits, { at: NOW - DAY_MS, kind: 'clinic', details: { controlled: false } })).status,
  ).toBe(201);
  await api.admin.post(visits, { at: NOW, kind: 'phone' });
  expect((await api.admin.get<{ items: object[] }>(visits)).body.items).toMatchObject([
    { kind: 'phone', details: {} },
    { kind: 'clinic', details: { controlled: false } },
  ]);
  expect((await api.admin.post(visits, { at: NOW + DAY_MS, kind: 'clinic' })).status).toBe(400);
  const symptoms = `/patients/${patientId}/symptoms`;
  await api.admin.post(symptoms, { at: NOW, code: 'chest_pain', note: 'since lunch' });
  expect((await api.admin.get<{ items: object[] }>(symptoms)).body.items).toMatchObject([
    { code: 'chest_pain', note: 'since lunch' },
  ]);
  expect((await profile()).symptoms).toEqual([{ code: 'chest_pain', at: NOW }]);
});

it('a carer’s consent keeps its date while it holds, a contact without consent stays without, a webhook’s secret is shown once', async () => {
  const carer = { relation: 'carer', name: 'Daughter', channel: 'webhook', address: 'https://example.org/hook' };
  const self = { relation: 'self', channel: 'in_app', address: '', consent: false };
  const path = `/patients/${patientId}/contacts`;
  const first = await api.admin.put<{ contacts: Record<string, unknown>[] }>(path, {
    contacts: [{ ...carer, consent: true }, self],
  });
  expect(first.body.contacts).toMatchObject([{ ...carer, consentAt: iso(NOW) }, self]);
  const { secret, ...kept } = first.body.contacts[0]!;
  expect(secret).toMatch(/^[\w-]{43}$/);
  api.setNow(NOW + DAY_MS);
  const second = await api.admin.put<{ contacts: object[] }>(path, { contacts: [{ ...carer, consent: true }] });
  expect(second.body.contacts).toEqual([kept]);
  const withdrawn = await api.admin.put<{ contacts: object[] }>(path, { contacts: [{ ...carer, consent: false }] });
  expect(withdrawn.body.contacts).toMatchObject([{ consent: false }]);
});

describe('a member’s contacts', () => {
  const member = (contacts: object[]) =>
    api.admin.post<{ memberId: string; contacts: Record<string, string>[] }>(`/teams/${teamId}/members`, {
      name: 'Member',
      role: 'lead',
      contacts,
    });

  it('have a secret made where none is given, shown once, and sealed for the step that sends', async () => {
    const made = await member([{ channel: 'webhook', address: 'https://example.org/a' }]);
    const [contact] = made.body.contacts;
    expect(contact).toMatchObject({ verified: true, secret: expect.stringMatching(/^[\w-]{43}$/) });
    const { rows } = await api.database.pool.query(
      'select address_encrypted as address, secret_encrypted as secret, key_id as "keyId" from member_contacts where contact_id = $1',
      [contact?.contactId],
    );
    expect(openMemberContact(api.services.vault, contact?.contactId ?? '', rows[0])).toEqual({
      address: 'https://example.org/a',
      secret: contact?.secret,
    });
    const path = `/teams/${teamId}/members/${made.body.memberId}`;
    const kept = { channel: 'webhook', address: 'https://example.org/a' };
    const changed = await api.admin.patch<{ contacts: object[] }>(path, {
      contacts: [kept, { channel: 'in_app', address: '' }],
    });
    expect(changed.body.contacts).toMatchObject([{ ...kept, contactId: contact?.contactId }, { channel: 'in_app' }]);
    expect(JSON.stringify(changed.body)).not.toContain(contact?.secret);
  });

  it('are shown without address to those who may only read', async () => {
    await member([{ channel: 'webhook', address: 'https://example.org/b' }]);
    const reader = await api.createCaller('reader', [{ role: 'village_worker', teamId }]);
    expect(JSON.stringify((await reader.get(`/teams/${teamId}/members`)).body)).not.toContain('example.org');
  });

  it.each([
    ['an unknown channel', { channel: 'pigeon', address: 'x' }, 'contacts/0/channel'],
    ['no URL', { channel: 'webhook', address: 'example.org' }, 'contacts/0/address'],
    ['plain HTTP to the outside', { channel: 'webhook', address: 'http://93.184.216.34/' }, 'contacts/0/address'],
    ['another scheme', { channel: 'webhook', address: 'file:///etc/passwd' }, 'contacts/0/address'],
    ['a password in the URL', { channel: 'webhook', address: 'https://u:p@example.org/' }, 'contacts/0/address'],
    [
      'a secret too short to sign with',
      { channel: 'webhook', address: 'https://example.org', secret: 'x' },
      'contacts/0/secret',
    ],
  ])('with %s are refused', async (_, contact, field) => {
    const refused = await member([contact]);
    expect([refused.status, refused.body]).toMatchObject([400, { errors: [{ field }] }]);
  });

  it('may use plain HTTP inside a listed range', async () => {
    expect((await member([{ channel: 'webhook', address: 'http://10.1.2.3/hook' }])).status).toBe(201);
  });
});

describe('a schedule', () => {
  it('is versioned and names members of the team only', async () => {
    const own = await createTeam(api.admin, 'On call');
    const memberId = await idOf(api.admin.post(`/teams/${own}/members`, { name: 'M', role: 'gp' }), 'memberId');
    const path = `/teams/${own}/schedule`;
    expect((await api.admin.get(path)).status).toBe(404);
    const shift = { memberIds: [memberId], from: '2026-11-22T18:00', to: '2026-11-23T08:00', rrule: 'FREQ=DAILY' };
    expect((await api.admin.put(path, { shifts: [shift] })).body).toMatchObject({ version: 1, shifts: [shift] });
    expect((await api.admin.put(path, { shifts: [] })).body).toMatchObject({ version: 2 });
    expect((await api.admin.get(path)).body).toMatchObject({ version: 2, shifts: [] });
    const foreign = { ...shift, memberIds: [teamId] };
    expect((await api.admin.put(path, { shifts: [foreign] })).body.errors).toMatchObject([
      { field: 'shifts/0/memberIds/0' },
    ]);
    const backwards = { ...shift, to: shift.from };
    expect((await api.admin.put(path, { shifts: [backwards] })).body.errors).toMatchObject([{ field: 'shifts/0/to' }]);
    const recurring = async (rrule: string) => (await api.admin.put(path, { shifts: [{ ...shift, rrule }] })).status;
    for (const rrule of [
      'BYDAY=MO,-1FR;FREQ=MONTHLY;UNTIL=20271231T235959Z',
      'FREQ=WEEKLY;INTERVAL=2;WKST=MO;COUNT=10',
    ])
      expect(await recurring(rrule), rrule).toBe(200);
    for (const rrule of [
      'every monday',
      'BYDAY=MO',
      'FREQ=HOURLY',
      'FREQ=DAILY;FREQ=DAILY',
      'FREQ=DAILY;COUNT=2;UNTIL=20270101',
      'FREQ=WEEKLY;BYDAY=XX',
      'FREQ=DAILY;',
    ])
      expect(await recurring(rrule), rrule).toBe(400);
  });
});

it('a patient with an urgent alert that nobody owns comes first, and says why', async () => {
  const key = await patientKey();
  await api.database.pool.query(
    `insert into alerts (alert_id, patient_key, team_id, condition, direction, severity, peak_severity, state, signal, opened_at, fired_at)
     values (gen_random_uuid(), $1, $2, 'glucose', 'low', 'critical', 'critical', 'open', 'firing', 1, 1)`,
    [key, teamId],
  );
  const { timeSeries } = api.services.storage;
  const { pool } = api.database;
  const profiles = createPatientProfiles({ pool, changes: api.services.storage.changes });
  await refreshPatientRisks({ pool, timeSeries, profiles }, [key], NOW);
  const { body } = await api.admin.get<{ items: Record<string, unknown>[] }>('/patients?sort=risk&limit=2');
  expect(body.items[0]).toMatchObject({ patientId, risk: { score: 500, reasons: ['open_alert'] } });
  expect(body.items[1]?.risk).toBeUndefined();
});
