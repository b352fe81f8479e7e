// Alerts on the API: who sees them, what they rest on, what people do with them; and the order in which patients are looked at.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshPatientRisks } from '../../storage/risk/patient-risks.ts';
import { createRiskKeeper } from '../../storage/risk/risk-keeper.ts';
import {
  DAY_MS,
  flushDays,
  glucose,
  MINUTE_MS,
  type Monitored,
  monitor,
  openAlert,
  pressure,
  store,
} from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';
import { until } from '../system/until.ts';

const NOW = Date.UTC(2026, 10, 22, 6, 30);
const iso = (instant: number) => new Date(instant).toISOString();

interface AlertOnTheApi {
  readonly alertId: string;
  readonly state: string;
  readonly [more: string]: unknown;
}
interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

let api: TestApi;
let teamA: string;
let teamB: string;
let nurseA: ApiCaller;
let nurseB: ApiCaller;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamA = await createTeam(api.admin, 'A');
  teamB = await createTeam(api.admin, 'B');
  nurseA = await api.createCaller('nurse.a', [{ role: 'nurse', teamId: teamA }]);
  nurseB = await api.createCaller('nurse.b', [{ role: 'nurse', teamId: teamB }]);
});
afterAll(() => api.close());

const alertsOf = async (caller: ApiCaller, query = '') =>
  (await caller.get<PageOf<AlertOnTheApi>>(`/alerts${query}`)).body;
const idsOf = async (caller: ApiCaller, query = '') =>
  (await alertsOf(caller, query)).items.map(({ alertId }) => alertId);

describe('the list of alerts', () => {
  it('shows a team its own, newest first, by state and by patient, and nobody else’s', async () => {
    const patient = await monitor(api, teamA);
    const older = await openAlert(api, patient, teamA, { state: 'resolved', openedAt: NOW - 2 * DAY_MS });
    const newer = await openAlert(api, patient, teamA, { openedAt: NOW - MINUTE_MS });
    const other = await openAlert(api, await monitor(api, teamB), teamB, { openedAt: NOW - MINUTE_MS });
    const nobodys = await openAlert(api, await monitor(api, teamB), null, { openedAt: NOW - MINUTE_MS });

    expect(await idsOf(nurseA, `?patientId=${patient.patientId}`)).toEqual([newer, older]);
    expect(await idsOf(nurseA, `?patientId=${patient.patientId}&state=open,acknowledged`)).toEqual([newer]);
    expect(await idsOf(nurseB)).toEqual([other]);
    expect(await idsOf(api.admin)).toEqual(expect.arrayContaining([older, newer, other, nobodys]));
    expect(await idsOf(api.admin, `?teamId=${teamB}`)).toEqual([other]);
    expect((await nurseB.get(`/alerts?patientId=${patient.patientId}`)).status).toBe(404);
    expect((await nurseB.get(`/alerts?teamId=${teamA}`)).status).toBe(404);

    const page = await alertsOf(nurseA, `?patientId=${patient.patientId}&limit=1`);
    expect(page.items).toMatchObject([
      {
        alertId: newer,
        patientId: patient.patientId,
        teamId: teamA,
        condition: 'glucose',
        direction: 'low',
        severity: 'critical',
        state: 'open',
        signal: 'firing',
        openedAt: iso(NOW - MINUTE_MS),
        reasons: [{ ruleId: 'CGM-01', firing: true, explanation: { reason: 'below_line_twice' } }],
      },
    ]);
    for (const name of ['clearedAt', 'snoozedUntil', 'previousAlertId', 'patientKey', 'test'])
      expect(page.items[0]).not.toHaveProperty(name);
    expect(await idsOf(nurseA, `?patientId=${patient.patientId}&cursor=${page.nextCursor}`)).toEqual([older]);
  });

  it('writes down whose alerts were opened, once', async () => {
    const patient = await monitor(api, teamA);
    await openAlert(api, patient, teamA);
    await alertsOf(nurseA);
    await alertsOf(nurseA);
    const { rows } = await api.database.pool.query(
      `select kind, count from audit_log where action = 'open' and patient_key = $1 and user_id = $2`,
      [patient.patientKey, nurseA.userId],
    );
    expect(rows).toEqual([{ kind: 'alerts', count: 1 }]);
  });

  it.each([
    ['?state=burning', 'state', 'none of open, acknowledged'],
    ['?state=open,', 'state', 'none of'],
    ['?patientId=7', 'patientId', 'UUID'],
    ['?cursor=abc', 'cursor', 'no cursor of this list'],
  ])('refuses %s, naming %s', async (query, field, words) => {
    const { status, body } = await api.admin.get<{ errors: object[] }>(`/alerts${query}`);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field, detail: expect.stringContaining(words) }]);
  });
});

describe('one alert', () => {
  it('has its timeline and the readings it rests on, one that was taken back included', async () => {
    const patient = await monitor(api, teamA);
    const [first, second] = [NOW - 6 * MINUTE_MS, NOW - MINUTE_MS];
    await store(api, [glucose(patient.deviceKey, first, 2.8), glucose(patient.deviceKey, second, 2.6)]);
    const evidence = [first, second].map((measuredAt) => ({
      deviceKey: patient.deviceKey,
      kind: 'cgm' as const,
      measuredAt,
    }));
    const alertId = await openAlert(api, patient, teamA, { evidence });
    const detail = await nurseA.get<AlertOnTheApi>(`/alerts/${alertId}`);
    expect(detail.body).toMatchObject({
      alertId,
      evidence: [
        { readingId: `${patient.deviceId}.cgm.${first}`, value: 2.8, unit: 'mmol/L' },
        { value: 2.6, at: iso(second) },
      ],
      timeline: [{ event: 'opened', reason: 'below_line_twice' }],
    });
    await api.admin.post(`/readings/${patient.deviceId}.cgm.${first}/void`, { reason: 'not hers' });
    expect((await nurseA.get(`/alerts/${alertId}`)).body.evidence).toMatchObject([
      { value: 2.8, voidedAt: iso(NOW) },
      { value: 2.6 },
    ]);
    expect((await nurseB.get(`/alerts/${alertId}`)).status).toBe(404);
  });

  it('stays with the team that had it, and is seen by the one that has the patient now', async () => {
    const patient = await monitor(api, teamA);
    const alertId = await openAlert(api, patient, teamA, { state: 'resolved' });
    await api.admin.put(`/patients/${patient.patientId}/responsibility`, { teamId: teamB });
    expect((await nurseA.get(`/alerts/${alertId}`)).status).toBe(200);
    expect((await nurseB.get(`/alerts/${alertId}`)).status).toBe(200);
    expect(await idsOf(nurseB, `?patientId=${patient.patientId}`)).toEqual([alertId]);
  });
});

describe('what people do with an alert', () => {
  it('is taken over, put off and closed, each with its note on the timeline', async () => {
    const alertId = await openAlert(api, await monitor(api, teamA), teamA);
    const taken = await nurseA.post(`/alerts/${alertId}/acknowledge`, { note: 'calling her daughter' });
    expect(taken).toMatchObject({ status: 200, body: { state: 'acknowledged', acknowledgedBy: nurseA.userId } });
    const until = iso(NOW + 60 * MINUTE_MS);
    const snoozed = await nurseA.post(`/alerts/${alertId}/snooze`, { until, reason: 'is eating now' });
    expect(snoozed.body).toMatchObject({ state: 'snoozed', snoozedUntil: until });
    const closed = await nurseA.post(`/alerts/${alertId}/resolve`, { outcome: 'called', note: 'well again' });
    expect(closed.body).toMatchObject({ state: 'resolved', outcome: 'called', closedAt: iso(NOW) });
    const { body } = await nurseA.get<{ timeline: Record<string, unknown>[] }>(`/alerts/${alertId}`);
    expect(body.timeline.map(({ event, note }) => [event, note])).toEqual([
      ['opened', undefined],
      ['acknowledged', 'calling her daughter'],
      ['snoozed', 'is eating now'],
      ['resolved', 'well again'],
    ]);
  });

  it('needs no body to take it over', async () => {
    const alertId = await openAlert(api, await monitor(api, teamA), teamA);
    const { statusCode } = await api.server.inject({
      method: 'POST',
      url: `/api/v1/alerts/${alertId}/acknowledge`,
      headers: { authorization: `Bearer ${nurseA.token}` },
    });
    expect(statusCode).toBe(200);
  });

  it('is a conflict once it is closed, in words', async () => {
    const alertId = await openAlert(api, await monitor(api, teamA), teamA, { state: 'resolved' });
    const answers = [
      await nurseA.post(`/alerts/${alertId}/acknowledge`),
      await nurseA.post(`/alerts/${alertId}/resolve`, { outcome: 'called' }),
      await nurseA.post(`/alerts/${alertId}/snooze`, { until: iso(NOW + MINUTE_MS), reason: 'later' }),
    ];
    for (const { status, body, headers } of answers) {
      expect(status).toBe(409);
      expect(body.detail).toContain('closed (resolved)');
      expect(headers['content-type']).toContain('application/problem+json');
    }
  });

  it('is refused where it makes no sense, naming the field', async () => {
    const alertId = await openAlert(api, await monitor(api, teamA), teamA);
    const refusals: [string, object, string][] = [
      ['resolve', {}, 'outcome'],
      ['resolve', { outcome: 'shrugged' }, 'outcome'],
      ['snooze', { until: iso(NOW + 5 * 60 * MINUTE_MS), reason: 'tired' }, 'until'],
      ['snooze', { until: iso(NOW - MINUTE_MS), reason: 'tired' }, 'until'],
      ['snooze', { until: iso(NOW + MINUTE_MS) }, 'reason'],
      ['acknowledge', { remark: 'x' }, 'remark'],
    ];
    for (const [command, body, field] of refusals)
      expect(await nurseA.post(`/alerts/${alertId}/${command}`, body)).toMatchObject({
        status: 400,
        body: { errors: [{ field }] },
      });
    expect((await nurseB.post(`/alerts/${alertId}/acknowledge`)).status).toBe(404);
    expect((await nurseA.get(`/alerts/${alertId}`)).body.state).toBe('open');
  });
});

describe('patients by risk', () => {
  interface PatientOnTheApi {
    readonly patientId: string;
    readonly risk?: { readonly score: number; readonly reasons: readonly string[] };
  }
  const byRisk = async (caller: ApiCaller, query = '') =>
    (await caller.get<PageOf<PatientOnTheApi>>(`/patients?sort=risk${query}`)).body;

  async function atRisk(teamId: string, mmolPerL: number): Promise<Monitored> {
    const patient = await monitor(api, teamId);
    const from = NOW - 14 * DAY_MS;
    const readings = Array.from({ length: 14 * 288 }, (_, n) =>
      glucose(patient.deviceKey, from + n * 5 * MINUTE_MS, n % 10 === 0 ? mmolPerL : 7),
    );
    await store(api, readings);
    await flushDays(api, patient, from, NOW);
    return patient;
  }

  it('come in the order of what is known of them: alerts, lows, highs, home pressures, silence; and say why', async () => {
    const team = await createTeam(api.admin, 'Risks');
    const nurse = await api.createCaller('nurse.risks', [{ role: 'nurse', teamId: team }]);
    const calm = await createPatient(api.admin, team);
    const high = await atRisk(team, 16);
    const low = await atRisk(team, 2.8);
    const urgent = await monitor(api, team);
    await openAlert(api, urgent, team);
    const hypertensive = await monitor(api, team, 'bp_monitor');
    await store(
      api,
      [4, 3, 2, 1].flatMap((days) =>
        [0, 1, 12, 13].map((minutes) =>
          pressure(hypertensive.deviceKey, NOW - days * DAY_MS + minutes * MINUTE_MS, 137, 84),
        ),
      ),
    );
    const { rows } = await api.database.pool.query<{ patient_key: number }>(
      'select patient_key from responsibilities where team_id = $1',
      [team],
    );
    await refreshPatientRisks(
      api.services.storage,
      rows.map(({ patient_key }) => patient_key),
      NOW,
    );
    const { items } = await byRisk(nurse);
    expect(items.map(({ patientId, risk }) => [patientId, risk?.reasons])).toEqual([
      [urgent.patientId, ['open_alert']],
      [low.patientId, ['very_low', 'below_range']],
      [high.patientId, ['very_high']],
      [hypertensive.patientId, ['home_blood_pressure']],
      [calm, []],
    ]);
    const first = await byRisk(nurse, '&limit=2');
    const second = await byRisk(nurse, `&limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ patientId }) => patientId)).toEqual(
      items.slice(0, 4).map(({ patientId }) => patientId),
    );
  });

  it('follow an alert within moments, and forget it when somebody closes it', async () => {
    const { pool, databaseUrl, timeSeries, profiles } = api.services.storage;
    const keeper = createRiskKeeper({ pool, databaseUrl, timeSeries, profiles, now: () => NOW, log: api.services.log });
    const patient = await monitor(api, teamA);
    await keeper.start();
    try {
      const riskOf = async () =>
        (await api.admin.get<PatientOnTheApi>(`/patients/${patient.patientId}`)).body.risk?.reasons.join();
      await until('everybody has been judged once', 15_000, async () => (await riskOf()) === '');
      const alertId = await openAlert(api, patient, teamA);
      await until('the alert counts', 5_000, async () => (await riskOf()) === 'open_alert');
      await nurseA.post(`/alerts/${alertId}/resolve`, { outcome: 'called' });
      await until('it counts no more', 5_000, async () => (await riskOf()) === '');
    } finally {
      await keeper.stop();
    }
  });
});
