// "Why was there no alert at 03:10?" What every rule said of a patient at an instant, by the readings, thresholds and facts of then.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALL_RULES } from '../../domain/rules/rule-catalogue.ts';
import { SeriesColumns } from '../../ingest/project/series-columns.ts';
import { glucoseSeriesOf } from '../../storage/readings/glucose-series-of.ts';
import {
  addDevice,
  glucose,
  MINUTE_MS,
  type Monitored,
  monitor,
  pressure,
  store,
} from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Verdict {
  readonly ruleId: string;
  readonly verdict: string;
  readonly severity?: string;
  readonly reason: string;
  readonly inhibitedBy?: string;
  readonly thresholds: Readonly<Record<string, { readonly origin: string; readonly value: number }>>;
  readonly readings: readonly {
    readonly at: string;
    readonly value?: number;
    readonly late: boolean;
    readonly receivedLater: boolean;
  }[];
  readonly episode?: { readonly startAt: string; readonly endAt?: string; readonly fate: string };
  readonly asReceived?: { readonly verdict: string; readonly reason: string };
}
interface Verdicts {
  readonly at: string;
  readonly readingCount: number;
  readonly receivedLater: number;
  readonly items: readonly Verdict[];
}

/** 03:10 in Shanghai. */
const AT = Date.UTC(2026, 10, 21, 19, 10);
const NOW = AT + 8 * 60 * MINUTE_MS;
const iso = (at: number) => new Date(at).toISOString();

let api: TestApi;
let teamId: string;
let nurse: ApiCaller;
let stranger: ApiCaller;
let patient: Monitored;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'North');
  nurse = await api.createCaller('nurse', [{ role: 'nurse', teamId }]);
  stranger = await api.createCaller('stranger', [{ role: 'nurse', teamId: await createTeam(api.admin, 'South') }]);
});
afterAll(() => api.close());
beforeEach(async () => {
  patient = await monitor(api, teamId);
});

const verdictsAt = async (at?: number, caller = nurse) =>
  (await caller.get<Verdicts>(`/patients/${patient.patientId}/verdicts${at === undefined ? '' : `?at=${at}`}`)).body;
const verdictOf = async (ruleId: string, at?: number) =>
  (await verdictsAt(at)).items.find((item) => item.ruleId === ruleId)!;
/** Minutes before 03:10, mmol/L. */
const trace = (...points: readonly (readonly [ago: number, value: number, receivedAfterMin?: number])[]) =>
  store(
    api,
    points.map(([ago, value, receivedAfterMin = 0]) => {
      const at = AT - ago * MINUTE_MS;
      return glucose(patient.deviceKey, at, value, { receivedAt: at + receivedAfterMin * MINUTE_MS });
    }),
  );

describe('at 03:10', () => {
  it('a low that had lasted 15 minutes fires, on these readings, and one answer is given of every rule', async () => {
    await trace([20, 4.4], [10, 3.5], [5, 3.4], [0, 3.3]);
    const { items, at, readingCount, receivedLater } = await verdictsAt(AT);
    expect([at, readingCount, receivedLater]).toEqual([iso(AT), 4, 0]);
    expect(items.map(({ ruleId }) => ruleId).sort()).toEqual(ALL_RULES.map(({ id }) => id).sort());
    const low = items.find(({ ruleId }) => ruleId === 'CGM-02')!;
    expect(low).toMatchObject({
      verdict: 'firing',
      reason: 'below_line_for_minutes',
      thresholds: { below: { value: 70, origin: 'default' } },
      episode: { startAt: iso(AT - 10 * MINUTE_MS), fate: 'live' },
    });
    expect(low.readings.map(({ at, value, late }) => [at, value, late])).toEqual([
      [iso(AT - 10 * MINUTE_MS), 3.5, false],
      [iso(AT - 5 * MINUTE_MS), 3.4, false],
      [iso(AT), 3.3, false],
    ]);
    expect(low.asReceived).toBeUndefined();
  });

  it('readings that came at 05:00 fire now that they are known, and could not then', async () => {
    await trace([20, 4.4], [10, 3.5, 120], [5, 3.4, 115], [0, 3.3, 110]);
    const { items, receivedLater } = await verdictsAt(AT);
    expect(receivedLater).toBe(3);
    const low = items.find(({ ruleId }) => ruleId === 'CGM-02')!;
    expect(low.readings).toMatchObject(Array(3).fill({ late: true, receivedLater: true }));
    expect(low.asReceived).toEqual({ verdict: 'clear', reason: 'not_beyond_line' });
  });

  it('says nothing of what was measured afterwards', async () => {
    await trace([10, 3.5], [5, 3.4], [0, 3.3], [-5, 6], [-10, 6.2], [-15, 6.4], [-20, 6.4]);
    expect(await verdictOf('CGM-02', AT)).toMatchObject({ verdict: 'firing' });
    const later = await verdictOf('CGM-02', AT + 20 * MINUTE_MS);
    expect(later).toMatchObject({ verdict: 'clear', reason: 'recovered', episode: { fate: 'live' } });
    expect(later.episode?.endAt).toBe(iso(AT + 5 * MINUTE_MS));
  });

  it('a very low speaks for the low', async () => {
    await trace([10, 2.5], [5, 2.4], [0, 2.3]);
    expect(await verdictOf('CGM-02', AT)).toMatchObject({
      verdict: 'firing',
      severity: 'critical',
      inhibitedBy: 'CGM-01',
    });
    expect((await verdictOf('CGM-01', AT)).inhibitedBy).toBeUndefined();
  });

  it('a low that did not last says so, with the readings that came closest', async () => {
    await trace([15, 4.4], [10, 3.5], [5, 3.4], [0, 4.6]);
    const low = await verdictOf('CGM-02', AT);
    expect(low).toMatchObject({ verdict: 'clear', reason: 'below_persistence' });
    expect(low.readings.map(({ value }) => value)).toEqual([3.5, 3.4]);
  });

  it('a fingerstick that agrees with the sensor and is not low has put the low off', async () => {
    const meter = await addDevice(api, patient.patientId, 'glucometer');
    await trace([30, 4.1], [25, 4.1], [20, 4.1], [15, 4.0], [10, 3.8], [5, 3.8], [0, 3.8]);
    const stick = { kind: 'smbg', context: 'random' } as const;
    await store(api, [glucose(meter.deviceKey, AT - 11 * MINUTE_MS, 4.1, stick)]);
    expect(await verdictOf('CGM-02', AT)).toMatchObject({
      verdict: 'clear',
      reason: 'inhibited',
      inhibitedBy: 'fingerstick',
    });
  });

  it('the thresholds are those that held then', async () => {
    await trace([15, 4.2], [10, 4.2], [5, 4.2], [0, 4.2]);
    const line = { value: 4.4, unit: 'mmol/L' };
    const thresholds = { 'CGM-02': { below: line, clearAt: line } };
    api.setNow(AT - 60 * MINUTE_MS);
    await api.admin.put('/rules', { patientId: patient.patientId, thresholds });
    api.setNow(AT + 60 * MINUTE_MS);
    await api.admin.put('/rules', { patientId: patient.patientId, thresholds: {} });
    api.setNow(NOW);
    const then = await verdictOf('CGM-02', AT);
    expect([then.verdict, then.thresholds.below?.origin]).toEqual(['firing', 'patient']);
    expect((await verdictOf('CGM-02', AT - 2 * 60 * MINUTE_MS)).thresholds.below?.origin).toBe('default');
    expect((await verdictOf('CGM-02')).thresholds.below?.origin).toBe('default');
  });

  it('a sitting at the emergency line waits for its repeat', async () => {
    patient = await monitor(api, teamId, 'bp_monitor');
    await store(api, [pressure(patient.deviceKey, AT - 3 * MINUTE_MS, 190, 100)]);
    expect(await verdictOf('BP-01', AT)).toMatchObject({ verdict: 'pending', severity: 'critical' });
    expect(await verdictOf('BP-01', AT + 20 * MINUTE_MS)).toMatchObject({ verdict: 'firing' });
  });

  it('a clock that was ahead shows, although no reading tells of it', async () => {
    await trace([5, 6], [0, 6]);
    const at = AT - 60 * MINUTE_MS;
    await api.database.pool.query(
      `insert into device_events (device_key, slot, what, minute, at) values ($1, '', 'clock_ahead', $2, $3)`,
      [patient.deviceKey, Math.floor(at / MINUTE_MS), at],
    );
    expect(await verdictOf('DATA-04', at - MINUTE_MS)).toMatchObject({ verdict: 'clear', reason: 'in_tolerance' });
    expect((await verdictOf('DATA-04', at)).episode).toMatchObject({ startAt: iso(at), reason: 'clock_ahead' });
  });

  it('nothing is known of who has no readings', async () => {
    expect(await verdictOf('CGM-01', AT)).toMatchObject({ verdict: 'unknown', reason: 'no_readings', readings: [] });
  });
});

it('what began before the two days is still going on, if it was', async () => {
  const startAt = AT - 3 * 24 * 60 * MINUTE_MS;
  await trace([0, 3.3]);
  await api.database.pool.query(
    `insert into signals (patient_key, rule_id, rule_version, condition, direction, verdict, explanation, updated_at, version)
     values ($1, 'CGM-02', 1, 'glucose', 'low', 'clear', '{"reason":"recovered","thresholds":{}}', $2, 1)`,
    [patient.patientKey, NOW],
  );
  await api.database.pool.query(
    `insert into episodes (episode_id, patient_key, rule_id, rule_version, condition, direction, severity, fate, start_at, completed_at, end_at, evidence, explanation, first_seen_at, signal_version)
     values (gen_random_uuid(), $1, 'CGM-02', 1, 'glucose', 'low', 'warning', 'live', $2, $2, $3, '[]', '{"reason":"below_line_for_minutes","thresholds":{}}', $2, 1)`,
    [patient.patientKey, startAt, AT + 60 * MINUTE_MS],
  );
  expect(await verdictOf('CGM-02', AT)).toMatchObject({ verdict: 'firing', episode: { startAt: iso(startAt) } });
});

describe('rules of weeks', () => {
  /** On one day so many days before 03:10, mg/dL. */
  const fasting = (daysAgo: number, value: number) =>
    glucose(patient.deviceKey, AT + (4 * 60 - daysAgo * 24 * 60) * MINUTE_MS, value, {
      kind: 'smbg',
      unit: 'mg/dL',
      context: 'fasting',
    });

  it('are answered by what was measured up to then, on readings older than two days', async () => {
    patient = await monitor(api, teamId, 'glucometer');
    await store(
      api,
      [1, 2, 3, 4, 5].map((daysAgo) => fasting(daysAgo, daysAgo === 1 ? 100 : 150)),
    );
    const high = await verdictOf('SMBG-04', AT);
    expect(high).toMatchObject({ verdict: 'firing', severity: 'warning', thresholds: expect.anything() });
    expect(high.readings.length).toBeGreaterThan(0);
    for (const reading of high.readings) expect(reading).toMatchObject({ value: 150, late: false });
    expect((await verdictOf('SMBG-04', AT - 4 * 24 * 60 * MINUTE_MS)).verdict).not.toBe('firing');
  });

  it('know nothing of a visit that was made later', async () => {
    const { patientId } = patient;
    await api.database.pool.query(`update patients set registered_at = $2 where patient_id = $1`, [
      patientId,
      new Date(AT - 200 * 24 * 60 * MINUTE_MS),
    ]);
    expect((await verdictOf('PHS-01', AT)).verdict).toBe('firing');
    await api.admin.post(`/patients/${patientId}/visits`, { at: AT + 60 * MINUTE_MS, kind: 'clinic' });
    expect((await verdictOf('PHS-01', AT)).verdict).toBe('firing');
    expect((await verdictOf('PHS-01')).verdict).toBe('clear');
  });
});

describe('who asks', () => {
  it('has to see the patient, and is written down', async () => {
    await trace([0, 6]);
    expect((await stranger.get(`/patients/${patient.patientId}/verdicts`)).status).toBe(404);
    await verdictsAt(AT);
    const { rows } = await api.database.pool.query(
      `select actor from audit_log where patient_key = $1 and action = 'open' and kind = 'verdicts'`,
      [patient.patientKey],
    );
    expect(rows).toEqual([{ actor: 'nurse' }]);
  });

  it.each([iso(NOW + MINUTE_MS), '2014-12-31T23:59:59Z', 'yesterday'])('is told what is wrong with %s', async (at) => {
    const { status, body } = await nurse.get<{ errors: { field: string }[] }>(
      `/patients/${patient.patientId}/verdicts?at=${encodeURIComponent(at)}`,
    );
    expect([status, body.errors[0]?.field]).toEqual([400, 'at']);
  });
});

it('the series that are judged are those that ingest holds', () => {
  const values = [6, 6.1, 12, 12.1, 3.9, 3.8, 6];
  const readings = values.map((value, index) =>
    glucose(7, AT + index * 5 * MINUTE_MS, value, {
      receivedAt: AT + index * 5 * MINUTE_MS + (index % 3) * 20 * MINUTE_MS,
      flags: index === 5 ? ['suspect', 'clock'] : index === 6 ? ['conflict'] : [],
      ...(index === 4 && { code: 'LOW' as const, value: 39 }),
    }),
  );
  const held = new SeriesColumns(7, 5, true);
  for (const reading of readings) held.insert(reading);
  const [series] = glucoseSeriesOf(readings, 'cgm', []);
  const known = (1 << 14) - 1;
  expect(Array.from(series!.meta)).toEqual(Array.from(held.meta.slice(0, held.length), (meta) => meta & known));
  expect(Array.from(series!.value)).toEqual(Array.from(held.value.slice(0, held.length)));
});
