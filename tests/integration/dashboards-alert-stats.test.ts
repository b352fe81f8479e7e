// The figures of a team's alerts against a little history that was counted by hand, written as alerting and its people write it.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS, type Monitored, monitor, openAlert } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';

/** Sunday noon in Shanghai. */
const NOW = Date.parse('2026-11-22T12:00+08:00');
const HOUR_MS = 60 * MINUTE_MS;
const iso = (instant: number) => new Date(instant).toISOString();

let api: TestApi;
let teamId: string;
let lead: ApiCaller;
let nurse: ApiCaller;
let memberId: string;
let wang: Monitored;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'North');
  lead = await api.createCaller('lead', [{ role: 'lead', teamId }]);
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  memberId = await idOf(
    api.admin.post(`/teams/${teamId}/members`, { name: 'Lin', role: 'nurse', username: 'nurse' }),
    'memberId',
  );
  // Two patients: one for all of the last four weeks, one for the last week.
  wang = await monitor(api, teamId);
  const li = await monitor(api, teamId);
  const since = (patient: Monitored, at: number) =>
    api.database.pool.query('update responsibilities set from_at = $2 where patient_key = $1', [
      patient.patientKey,
      new Date(at),
    ]);
  await since(wang, NOW - 100 * DAY_MS);
  await since(li, NOW - 7 * DAY_MS);
});
afterAll(() => api.close());

interface Story {
  readonly at: number;
  readonly severity?: 'emergency' | 'critical' | 'warning';
  readonly condition?: string;
  readonly takenAfterMin?: number;
  readonly resolvedAfterMin?: number;
  readonly outcome?: string;
  readonly by?: ApiCaller;
  readonly state?: string;
  readonly more?: string;
}

/** An alert that was handled as it says. */
async function tell({
  at,
  severity = 'critical',
  condition,
  takenAfterMin,
  resolvedAfterMin,
  outcome,
  by = nurse,
  state,
  more,
}: Story) {
  const { pool } = api.database;
  const ends = state ?? (outcome ? 'resolved' : takenAfterMin === undefined ? 'open' : 'acknowledged');
  const alertId = await openAlert(api, wang, teamId, {
    severity,
    openedAt: at,
    state: 'resolved',
    ...(condition && { condition }),
  });
  const closedAt = ['open', 'acknowledged'].includes(ends) ? null : at + (resolvedAfterMin ?? 1) * MINUTE_MS;
  // Of several open ones of the same patient only one could be.
  await pool.query(
    `update alerts set condition = case when $2 in ('open', 'acknowledged') then $5 else condition end, state = $2, closed_at = $3, outcome = $4 where alert_id = $1`,
    [alertId, ends, closedAt, outcome ?? null, condition ?? (ends === 'open' ? 'glucose' : 'blood_pressure')],
  );
  const write = (event: string, afterMin: number, reason = 'x', userId: string | null = by.userId) =>
    pool.query(
      `insert into alert_timeline (alert_id, at, event, reason, actor_kind, user_id) values ($1, $2, $3, $4, $5, $6)`,
      [alertId, at + afterMin * MINUTE_MS, event, reason, userId ? 'user' : 'system', userId],
    );
  if (takenAfterMin !== undefined) await write('acknowledged', takenAfterMin);
  if (outcome) await write('resolved', resolvedAfterMin ?? 1, outcome);
  else if (ends === 'resolved') await write('resolved', resolvedAfterMin ?? 1, 'cleared_by_itself', null);
  if (more) await write(more, 1, 'over_before_known', null);
  return alertId;
}

async function send(alertId: string, channel: string, status: string, sentWith: string | null = null): Promise<string> {
  const id = uuidv7();
  await api.database.pool.query(
    `insert into notifications (notification_id, alert_id, occurrence, channel, kind, severity, reason, sent_key, status, created_at, sent_with)
     values ($1, $2, 1, $3, 'opened', 'critical', 'x', $6, $4, 1, $5)`,
    [id, alertId, channel, status, sentWith, id],
  );
  return id;
}

interface Stats {
  readonly byMember: readonly object[];
  readonly byRule: readonly object[];
  readonly [more: string]: unknown;
}
const stats = async (query = '', caller = lead) =>
  (await caller.get<Stats>(`/teams/${teamId}/alert-stats${query}`)).body;

describe('the figures of a team', () => {
  it('without any alert say that there was none, and over how many patient-weeks', async () => {
    expect(await stats()).toMatchObject({
      from: iso(NOW - 28 * DAY_MS),
      to: iso(NOW),
      alerts: 0,
      timeToAcknowledge: { count: 0 },
      patientWeeks: 5,
      perPatientWeek: 0,
      byRule: [],
    });
    expect(await stats()).not.toHaveProperty('usefulPercent');
    expect(await stats()).not.toHaveProperty('shifts');
  });

  it('are those counted by hand', async () => {
    const day = (n: number) => NOW - n * DAY_MS;
    // Taken over after 2, 4 and 12 min, the last by its closing alone; resolved after 30, 10 and 12 min.
    const first = await tell({ at: day(1), takenAfterMin: 2, resolvedAfterMin: 30, outcome: 'advice_given' });
    const second = await tell({
      at: day(2),
      severity: 'emergency',
      takenAfterMin: 4,
      resolvedAfterMin: 10,
      outcome: 'false_alarm',
    });
    await tell({
      at: day(3),
      severity: 'warning',
      condition: 'device',
      resolvedAfterMin: 12,
      outcome: 'device_fault',
      by: lead,
    });
    // Nobody's: still open, over by itself, expired.
    await tell({ at: day(4) });
    await tell({ at: day(5), severity: 'warning', state: 'resolved' });
    await tell({ at: day(6), state: 'expired' });
    // Owned, not closed.
    await tell({ at: day(7), takenAfterMin: 60 });
    // In none of the figures: a trial, one only listed, one listed and given an outcome, one before the window, one that never was.
    const trial = await tell({ at: day(1), outcome: 'called' });
    await api.database.pool.query('update alerts set test = true where alert_id = $1', [trial]);
    await tell({ at: day(1), state: 'retrospective', more: 'listed' });
    await tell({ at: day(1), outcome: 'no_action', more: 'listed' });
    await tell({ at: day(29), outcome: 'called' });
    const never = await tell({ at: day(1), state: 'retrospective', more: 'listed' });
    await api.database.pool.query('update alerts set withdrawn_at = 1 where alert_id = $1', [never]);
    // Five messages: the app, what failed and what went in another's message aside.
    const head = await send(first, 'sms', 'delivered');
    for (const id of [first, first, second, second]) await send(id, 'webhook', 'delivered');
    await send(first, 'in_app', 'delivered');
    await send(first, 'sms', 'failed');
    await send(second, 'sms', 'delivered', head);
    // Of the first alert two steps began at once, of the second one the next came later; a patient's doesn't count.
    const steps = async (
      alertId: string,
      ...began: readonly (readonly [step: number, at: number, audience?: string])[]
    ) => {
      for (const [step, at, audience = 'team'] of began)
        await api.database.pool.query(
          `update notifications set escalation_step = $2, created_at = $3, audience = $4
           where notification_id = (select notification_id from notifications where alert_id = $1 and escalation_step is null limit 1)`,
          [alertId, step, at, audience],
        );
    };
    await steps(first, [0, 9, 'patient'], [1, 1], [2, 1]);
    await steps(second, [0, 1], [1, 900_001], [0, 900_001]);

    const found = await stats();
    expect(found).toMatchObject({
      alerts: 7,
      tests: 1,
      retrospective: 2,
      open: 2,
      neverTaken: 3,
      resolved: 3,
      closedThemselves: 1,
      expired: 1,
      // 2, 4, 12, 60 min: R's quantile gives 8 and 45.6 min.
      timeToAcknowledge: { count: 4, medianSeconds: 480, p90Seconds: 2736 },
      // 10, 12, 30 min: 12 and 26.4.
      timeToResolve: { count: 3, medianSeconds: 720, p90Seconds: 1584 },
      patientWeeks: 5,
      perPatientWeek: 1.4,
      judged: 3,
      useful: 2,
      usefulPercent: 66.667,
      outcomes: { advice_given: 1, false_alarm: 1, device_fault: 1 },
      messagesPerAlert: 0.714,
      escalated: 1,
      escalatedPercent: 14.286,
      bySeverity: [
        { severity: 'emergency', alerts: 1, timeToAcknowledge: { count: 1, medianSeconds: 240 } },
        { severity: 'critical', alerts: 4, timeToResolve: { count: 1, medianSeconds: 1800 } },
        { severity: 'warning', alerts: 2 },
        { severity: 'info', alerts: 0 },
      ],
      byRule: [
        {
          ...{ ruleId: 'CGM-01', alerts: 7, judged: 3, useful: 2, perPatientWeek: 1.4 },
          timeToAcknowledge: { count: 4, medianSeconds: 480, p90Seconds: 2736 },
          timeToResolve: { count: 3, medianSeconds: 720, p90Seconds: 1584 },
        },
      ],
    });
    expect(await stats(`?from=${day(2)}`)).toMatchObject({ alerts: 2, patientWeeks: 0.571 });
    expect(await stats(`?from=${day(2)}`)).not.toHaveProperty('perPatientWeek');
    expect(found).not.toHaveProperty('byRule.0.perShift');
    expect(await stats(`?from=${day(30)}&to=${day(28)}`)).toMatchObject({ alerts: 1, useful: 1 });
  });

  it('show each member to whoever leads the team, and to others themselves alone', async () => {
    const own = {
      ...{
        userId: nurse.userId,
        memberId,
        name: 'Lin',
        taken: 3,
        resolved: 2,
        judged: 2,
        useful: 1,
        usefulPercent: 50,
      },
      // 10 and 30 min: 20 and 28.
      timeToResolve: { count: 2, medianSeconds: 1200, p90Seconds: 1680 },
    };
    expect(await stats()).toHaveProperty('membersShown', 'all');
    expect((await stats()).byMember).toMatchObject([
      own,
      { userId: lead.userId, taken: 1, resolved: 1, judged: 1, useful: 1, timeToResolve: { medianSeconds: 720 } },
    ]);
    expect(await stats('', nurse)).toMatchObject({ membersShown: 'caller', byMember: [own] });
    const helper = await api.createCaller('helper', [{ role: 'village_worker', teamId }]);
    expect((await stats('', helper)).byMember).toEqual([]);
  });

  it('by shift: how many there were, how many each had, and how many came while nobody was on call', async () => {
    const daily = { memberIds: [memberId], from: '2026-10-01T08:00', to: '2026-10-01T18:00', rrule: 'FREQ=DAILY' };
    expect((await api.admin.put(`/teams/${teamId}/schedule`, { shifts: [daily] })).status).toBe(200);
    // All began at noon.
    expect((await stats(`?from=${NOW - 7 * DAY_MS}`)).shifts).toEqual({
      shifts: 8,
      perShift: 0.875,
      most: 1,
      outside: 0,
    });
    const zhao = await idOf(api.admin.post(`/teams/${teamId}/members`, { name: 'Zhao', role: 'gp' }), 'memberId');
    const alone = { memberIds: [zhao], from: '2026-11-20T06:00', to: '2026-11-20T08:00' };
    expect((await api.admin.put(`/teams/${teamId}/schedule`, { shifts: [daily, alone] })).status).toBe(200);
    const week = await stats(`?from=${NOW - 7 * DAY_MS}`);
    expect(week.byRule).toMatchObject([{ ruleId: 'CGM-01', perShift: 0.778 }]);
    expect(week.byMember).toMatchObject([
      { userId: nurse.userId, shifts: 8, perShift: 0.875 },
      { userId: lead.userId },
      // On call, and nothing to handle.
      { memberId: zhao, name: 'Zhao', taken: 0, judged: 0, timeToResolve: { count: 0 }, shifts: 1, perShift: 0 },
    ]);
    expect(week.byMember[1]).not.toHaveProperty('perShift');
    expect((await stats(`?from=${NOW - 7 * DAY_MS}`, nurse)).byMember).toMatchObject([{ shifts: 8 }]);
    await api.admin.put(`/teams/${teamId}/schedule`, { shifts: [daily] });
    const night = await tell({ at: NOW - 12 * HOUR_MS, outcome: 'called' });
    expect((await stats(`?from=${NOW - 7 * DAY_MS}`)).shifts).toMatchObject({ shifts: 8, outside: 1 });
    await api.database.pool.query('update alerts set test = true where alert_id = $1', [night]);
  });

  it.each([
    [`?from=${NOW - 401 * DAY_MS}`, '400 days at most'],
    [`?from=${NOW}&to=${NOW - 1}`, 'earlier than to'],
    ['?from=yesterday', 'offset'],
  ])('asked for %s are refused, and why', async (query, words) => {
    const { status, body } = await lead.get<{ errors: object[] }>(`/teams/${teamId}/alert-stats${query}`);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field: 'from', detail: expect.stringContaining(words) }]);
  });

  it('are for those who may see the team', async () => {
    const stranger = await api.createCaller('stranger', [
      { role: 'lead', teamId: await createTeam(api.admin, 'South') },
    ]);
    expect((await stranger.get(`/teams/${teamId}/alert-stats`)).status).toBe(404);
  });
});
