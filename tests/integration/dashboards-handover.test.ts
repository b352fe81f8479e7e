// What one shift hands over to the next, and what was wrong with a team's devices, asked over HTTP.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICIES } from '../../domain/alerts/escalation-policy.ts';
import { DAY_MS, MINUTE_MS, type Monitored, monitor, openAlert } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

const HOUR_MS = 60 * MINUTE_MS;
/** Sunday noon in Shanghai: Lin is on call from 08:00 to 18:00, then Wang. */
const NOW = Date.parse('2026-11-22T12:00+08:00');
const CONTACT = { channel: 'webhook', address: 'https://example.org/hook' };
const iso = (instant: number) => new Date(instant).toISOString();

interface HandoverOnTheApi {
  readonly onCall: object;
  readonly alerts: readonly { readonly alertId: string; readonly [more: string]: unknown }[];
  readonly totals: Readonly<Record<string, number>>;
  readonly snoozesEnding: readonly { readonly alertId: string }[];
  readonly watch: readonly { readonly patientId: string }[];
  readonly since: Readonly<Record<string, unknown>>;
}

let api: TestApi;
let nurse: ApiCaller;
let teamId: string;
let lin: string;
let wang: string;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'North');
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  const add = (name: string, extra: object = {}) =>
    idOf(
      api.admin.post(`/teams/${teamId}/members`, { name, role: 'nurse', contacts: [CONTACT], ...extra }),
      'memberId',
    );
  [lin, wang] = [await add('Lin', { username: 'nurse' }), await add('Wang')];
  const daily = { rrule: 'FREQ=DAILY' };
  const { status } = await api.admin.put(`/teams/${teamId}/schedule`, {
    shifts: [
      { memberIds: [lin], from: '2026-11-01T08:00', to: '2026-11-01T18:00', ...daily },
      { memberIds: [wang], from: '2026-11-01T18:00', to: '2026-11-02T08:00', ...daily },
    ],
  });
  expect(status).toBe(200);
});
afterAll(() => api.close());

const handover = async (query = '', caller = nurse) =>
  (await caller.get<HandoverOnTheApi>(`/teams/${teamId}/handover${query}`)).body;
const update = (alertId: string, set: string, ...values: unknown[]) =>
  api.database.pool.query(`update alerts set ${set} where alert_id = $1`, [alertId, ...values]);
const addPatient = (extra: object = {}): Promise<Monitored> => monitor(api, teamId, 'cgm', extra);
const forget = () =>
  api.database.pool.query(`update alerts set state = 'resolved', opened_at = 1, fired_at = 1, closed_at = 1`);

describe('the handover of a team', () => {
  it('with nothing open says who is on call until when, and who is next', async () => {
    const { onCall, alerts, totals, watch } = await handover();
    expect(onCall).toEqual({
      basis: 'schedule',
      members: [{ memberId: lin, name: 'Lin', role: 'nurse' }],
      until: iso(NOW + 6 * HOUR_MS),
      next: { members: [{ memberId: wang, name: 'Wang', role: 'nurse' }] },
    });
    expect([alerts, watch]).toEqual([[], []]);
    expect(totals).toEqual({ alerts: 0, urgent: 0, unowned: 0, snoozesEnding: 0, watch: 0 });
  });

  it('lists what is open, worst first, with its owner, how long it has been, and what comes next', async () => {
    const policy = DEFAULT_POLICIES.find(({ name }) => name === 'urgent')!;
    const warning = await openAlert(api, await addPatient(), teamId, {
      severity: 'warning',
      openedAt: NOW - 2 * DAY_MS,
    });
    const owned = await openAlert(api, await addPatient(), teamId, {
      state: 'acknowledged',
      openedAt: NOW - 90 * MINUTE_MS,
    });
    await update(
      owned,
      `acknowledged_by = $2, acknowledged_at = $3, due_at = $4, due_reason = 'no_outcome_yet'`,
      nurse.userId,
      NOW - 80 * MINUTE_MS,
      NOW + 10 * MINUTE_MS,
    );
    const waiting = await openAlert(api, await addPatient(), teamId, { openedAt: NOW - 4 * MINUTE_MS });
    const escalation = { policy: 'urgent', occurrence: 1, severity: 'critical', steps: policy.steps, next: 1 };
    await update(
      waiting,
      `due_at = $2, due_reason = 'escalation_step', escalation = $3`,
      NOW + 11 * MINUTE_MS,
      JSON.stringify({ ...escalation, startedAt: NOW, nextAt: NOW + 11 * MINUTE_MS, outcomeWithinMs: 1 }),
    );
    const trial = await openAlert(api, await addPatient(), teamId, { severity: 'emergency' });
    await update(trial, 'test = true');

    const { alerts, totals } = await handover();
    expect(alerts).toMatchObject([
      {
        alertId: waiting,
        openForMin: 4,
        next: { at: iso(NOW + 11 * MINUTE_MS), reason: 'escalation_step', targets: [{ kind: 'role', role: 'lead' }] },
      },
      {
        alertId: owned,
        openForMin: 90,
        owner: { userId: nurse.userId, memberId: lin, name: 'Lin' },
        next: { at: iso(NOW + 10 * MINUTE_MS), reason: 'no_outcome_yet' },
      },
      { alertId: warning, openForMin: 2 * 24 * 60 },
    ]);
    expect(alerts[0]).not.toHaveProperty('owner');
    expect(alerts[2]).not.toHaveProperty('next');
    expect(totals).toMatchObject({ alerts: 3, urgent: 2, unowned: 1 });
  });

  it('names the snoozes that end within the shift, the soonest first, and no later ones', async () => {
    await forget();
    const snoozeUntil = async (at: number) => {
      const alertId = await openAlert(api, await addPatient(), teamId, {
        state: 'snoozed',
        severity: 'warning',
        openedAt: NOW,
      });
      await update(alertId, `snoozed_until = $2`, at);
      return alertId;
    };
    const second = await snoozeUntil(NOW + 6 * HOUR_MS);
    const first = await snoozeUntil(NOW + HOUR_MS);
    const tonight = await snoozeUntil(NOW + 7 * HOUR_MS);
    const idsOf = async (query = '') => (await handover(query)).snoozesEnding.map(({ alertId }) => alertId);
    expect(await idsOf()).toEqual([first, second]);
    // Asked for the coming shift.
    expect(await idsOf(`?at=${NOW + 6 * HOUR_MS}`)).toEqual([tonight]);
  });

  it('names whom to watch: cleared and not reviewed, urgent within a day, then those at risk by what moves slowly', async () => {
    await forget();
    const [cleared, recent, risky, talkedOf, calm] = await Promise.all(Array.from({ length: 5 }, () => addPatient()));
    const toReview = await openAlert(api, cleared!, teamId, { openedAt: NOW - 3 * DAY_MS });
    await update(toReview, `signal = 'cleared', cleared_at = opened_at`);
    const lately = await openAlert(api, recent!, teamId, { state: 'resolved', openedAt: NOW - 23 * HOUR_MS });
    await openAlert(api, calm!, teamId, { state: 'resolved', openedAt: NOW - 25 * HOUR_MS });
    await openAlert(api, calm!, teamId, { state: 'resolved', severity: 'warning', openedAt: NOW - HOUR_MS });
    const slow = [
      { code: 'silent', points: 20, found: '20 d' },
      { code: 'very_low', points: 40, found: '3 %' },
    ];
    const loud = [{ code: 'open_alert', points: 500, found: 'critical' }];
    for (const [patient, score, reasons] of [
      [risky, 60, slow],
      [talkedOf, 500, loud],
    ] as const)
      await api.database.pool.query(
        `insert into patient_risks (patient_key, score, reasons, computed_at) values ($1, $2, $3, 1)
         on conflict (patient_key) do update set score = excluded.score, reasons = excluded.reasons`,
        [patient!.patientKey, score, JSON.stringify(reasons)],
      );

    const { watch, totals } = await handover();
    expect(watch).toEqual([
      { patientId: cleared!.patientId, reasons: ['to_review'], alertId: toReview, risks: [] },
      { patientId: recent!.patientId, reasons: ['urgent_within_a_day'], alertId: lately, risks: [] },
      { patientId: risky!.patientId, reasons: ['at_risk'], risks: ['very_low', 'silent'] },
    ]);
    expect(totals.watch).toBe(3);
  });

  it('counts what has happened since the last shift change, which at a change is the shift that ended', async () => {
    await forget();
    const eight = NOW - 4 * HOUR_MS;
    const before = await openAlert(api, await addPatient(), teamId, { openedAt: eight - 1 });
    await update(before, `acknowledged_at = $2, state = 'acknowledged'`, eight);
    await openAlert(api, await addPatient(), teamId, { openedAt: eight });
    const called = await openAlert(api, await addPatient(), teamId, {
      state: 'resolved',
      severity: 'warning',
      openedAt: NOW - HOUR_MS,
    });
    await update(called, `outcome = 'called', acknowledged_at = opened_at`);
    await openAlert(api, await addPatient(), teamId, {
      state: 'resolved',
      severity: 'warning',
      openedAt: NOW - HOUR_MS,
    });
    await openAlert(api, await addPatient(), teamId, { state: 'retrospective', openedAt: NOW - HOUR_MS });
    const counts = {
      opened: 3,
      urgent: 1,
      acknowledged: 2,
      resolved: 1,
      closedThemselves: 1,
      expired: 0,
      retrospective: 1,
    };
    expect((await handover()).since).toEqual({ from: iso(eight), ...counts });
    expect((await handover(`?at=${NOW + 6 * HOUR_MS}`)).since).toEqual({ from: iso(eight), ...counts });
    expect((await handover(`?at=${eight}`)).since).toMatchObject({
      from: iso(eight - 14 * HOUR_MS),
      opened: 1,
      acknowledged: 0,
    });
  });

  it('of a team without a schedule: everybody is on call, and half a day counts', async () => {
    const south = await createTeam(api.admin, 'South');
    const caller = await api.createCaller('south', [{ role: 'village_worker', teamId: south }]);
    const { body } = await caller.get<HandoverOnTheApi>(`/teams/${south}/handover`);
    expect(body).toMatchObject({
      onCall: { basis: 'every_member', members: [] },
      since: { from: iso(NOW - 12 * HOUR_MS) },
    });
    expect((await caller.get(`/teams/${teamId}/handover`)).status).toBe(404);
  });

  it('of another week is refused, and says which is allowed', async () => {
    const { status, body } = await nurse.get<{ errors: object[] }>(`/teams/${teamId}/handover?at=${NOW + 8 * DAY_MS}`);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field: 'at', detail: expect.stringContaining('7 days') }]);
  });

  it('leaves an audit row for every patient whose alert it shows, and none for others', async () => {
    await forget();
    const patient = await addPatient();
    await openAlert(api, patient, teamId, { openedAt: NOW });
    await handover();
    const { rows } = await api.database.pool.query(
      `select kind from audit_log where action = 'open' and patient_key = $1 and user_id = $2`,
      [patient.patientKey, nurse.userId],
    );
    expect(rows).toEqual([{ kind: 'alerts' }]);
  });
});

describe('incidents of a team', () => {
  it('are listed newest first, by pages, with what was found; to those who may see the team', async () => {
    const add = async (openedAt: number, closedAt: number | null) => {
      const incidentId = uuidv7();
      await api.database.pool.query(
        `insert into team_incidents (incident_id, team_id, kind, opened_at, closed_at, detail) values ($1, $2, 'fleet_outage', $3, $4, $5)`,
        [incidentId, teamId, openedAt, closedAt, JSON.stringify({ silent: 12, devices: 20 })],
      );
      return incidentId;
    };
    const ended = await add(NOW - DAY_MS, NOW - DAY_MS + HOUR_MS);
    const lasting = await add(NOW - HOUR_MS, null);
    const first = (await nurse.get<{ items: object[]; nextCursor: string }>(`/teams/${teamId}/incidents?limit=1`)).body;
    expect(first.items).toEqual([
      { incidentId: lasting, kind: 'fleet_outage', openedAt: iso(NOW - HOUR_MS), detail: { silent: 12, devices: 20 } },
    ]);
    const { body } = await nurse.get(`/teams/${teamId}/incidents?cursor=${first.nextCursor}`);
    expect(body).toMatchObject({ items: [{ incidentId: ended, closedAt: iso(NOW - DAY_MS + HOUR_MS) }] });
    const stranger = await api.createCaller('stranger', []);
    expect((await stranger.get(`/teams/${teamId}/incidents`)).status).toBe(404);
  });
});
