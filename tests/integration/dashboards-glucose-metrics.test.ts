// Glucose metrics on the API: served from day summaries, and the same to the last bit as summing up the readings themselves.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { localDayBounds, localDayOf, type Window } from '../../domain/local-day.ts';
import { ambulatoryProfile } from '../../domain/metrics/ambulatory-profile.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { GLUCOSE_EVENT_KINDS, glucoseEvents } from '../../domain/metrics/glucose-events.ts';
import { glucoseMetrics } from '../../domain/metrics/glucose-metrics.ts';
import { gridMetrics } from '../../domain/metrics/grid-metrics.ts';
import { latestGlucose } from '../../domain/metrics/latest-glucose.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import type { GlucoseReading } from '../../domain/reading.ts';
import { rowsOfReadings, toSeries } from '../../storage/readings/device-rows.ts';
import { deviceSpans } from '../../storage/registry/patient-profiles.ts';
import {
  addDevice,
  DAY_MS,
  flushDays,
  glucose,
  MINUTE_MS,
  type Monitored,
  markDirty,
  monitor,
  store,
} from '../dashboards/clinical-scene.ts';
import { createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

const ZONE = 'Asia/Shanghai';
/** 14:30 on a Sunday in Shanghai. */
const NOW = Date.UTC(2026, 10, 22, 6, 30);
const iso = (instant: number) => new Date(instant).toISOString();

type Metrics = Record<string, unknown> & { readonly count: number };

let api: TestApi;
let teamId: string;
let patient: Monitored;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'Team');
});
afterAll(() => api.close());

/** Every 5 minutes from `from` to before `to`, with a gap of a day, codes and two units. */
function trace(deviceKey: number, from: number, to: number): GlucoseReading[] {
  const readings: GlucoseReading[] = [];
  for (let at = from; at < to; at += 5 * MINUTE_MS) {
    const n = (at - from) / (5 * MINUTE_MS);
    if (n % 2016 > 1700 && n % 2016 < 1900) continue;
    const value = Number((8 + 4.5 * Math.sin(n / 37) + 1.3 * Math.sin(n * 1.7)).toFixed(1));
    if (n % 401 === 7) readings.push(glucose(deviceKey, at, 39, { code: 'LOW', unit: 'mg/dL' }));
    else if (n % 3 === 0) readings.push(glucose(deviceKey, at, Math.round(value * 18), { unit: 'mg/dL' }));
    else readings.push(glucose(deviceKey, at, value));
  }
  return readings;
}

/** What the API is to answer: computed from the stored readings alone. */
async function fromReadings(from: number, to: number, askedBy: 'days' | 'range'): Promise<unknown> {
  const { timeSeries, profiles } = api.services.storage;
  const entry = (await profiles.load([patient.patientKey])).get(patient.patientKey)!;
  const readings = await timeSeries.read(deviceSpans(entry.devices, from, to), ['cgm']);
  const cgm = rowsOfReadings(readings).map((rows) => toSeries(rows, 5));
  const { timeZone } = entry.profile;
  const summary = mergeDaySummaries(summariseDays(cgm, { from, to }, timeZone));
  const metrics = glucoseMetrics(summary, { from, to, timeZone, askedBy }, gridMetrics(cgm, { from, to }, timeZone));
  const events = glucoseEvents(cgm, { from, to }, timeZone);
  const eventCounts =
    events && Object.fromEntries(GLUCOSE_EVENT_KINDS.map((kind) => [kind, events.events[kind].length]));
  const latest = await latestFrom(cgm, { from, to });
  return { ...metrics, from: iso(from), to: iso(to), ...(eventCounts && { eventCounts }), ...(latest && { latest }) };
}

async function latestFrom(cgm: readonly GlucoseSeries[], window: Window) {
  const found = latestGlucose(cgm, window, NOW, () => undefined);
  if (found === undefined) return undefined;
  const { deviceKey, measuredAt, ...latest } = found;
  const devices = await api.services.storage.devices.loadByKeys([deviceKey]);
  return { ...latest, deviceId: devices.get(deviceKey)?.deviceId, measuredAt: iso(measuredAt) };
}

const ask = async (query = '') =>
  (await api.admin.get<Metrics>(`/patients/${patient.patientId}/glucose-metrics${query}`)).body;

describe('a patient with a CGM and sixteen days of readings', () => {
  const from = NOW - 16 * DAY_MS;
  const windowFrom = localDayBounds('2026-11-09', ZONE).startAt;

  beforeEach(async () => {
    patient = await monitor(api, teamId);
    await store(api, trace(patient.deviceKey, from, NOW));
    await flushDays(api, patient, from, NOW);
  });

  it('gets fourteen days: today so far and the thirteen before it, bit by bit as from the readings', async () => {
    await markDirty(api, patient, '2026-11-22');
    const expected = await fromReadings(windowFrom, NOW, 'days');
    // The first answer reads the days' readings, the second only what was kept of them.
    expect(await ask()).toEqual(expected);
    expect(await ask('?days=14')).toEqual(expected);
    expect(expected).toMatchObject({ timeZone: ZONE, daysWithData: 14, clippedCount: expect.any(Number) });
    const kept = await api.database.pool.query('select day from day_traces where patient_key = $1', [
      patient.patientKey,
    ]);
    expect(kept.rowCount).toBe(13);
  });

  it('gets the same where the days were kept with their readings when they were summed up', async () => {
    await flushDays(api, patient, from, NOW - DAY_MS, { traces: true });
    const kept = await api.database.pool.query('select from day_traces where patient_key = $1', [patient.patientKey]);
    expect(kept.rowCount).toBe(16);
    expect(await ask()).toEqual(await fromReadings(windowFrom, NOW, 'days'));
  });

  it('gets the same for any window that cuts days, from included and to excluded', async () => {
    const at = NOW - 9 * DAY_MS - 5 * 60 * MINUTE_MS;
    const windows = [
      [at, at + 5 * DAY_MS + 77 * MINUTE_MS],
      [from, NOW + 1],
      [at, at + 5 * MINUTE_MS],
      [at, at + 5 * MINUTE_MS + 1],
    ] as const;
    for (const [windowAt, to] of windows) {
      const expected = await fromReadings(windowAt, to, 'range');
      const query = `?from=${iso(windowAt)}&to=${iso(to)}`;
      expect(await ask(query)).toEqual(expected);
      expect(await ask(query)).toEqual(expected);
    }
    expect((await ask(`?from=${windows[2][0]}&to=${windows[2][1]}`)).count).toBe(1);
    expect((await ask(`?from=${windows[3][0]}&to=${windows[3][1]}`)).count).toBe(2);
  });

  it('gets the ambulatory profile of the same days, from their readings and from what was kept of them', async () => {
    const { timeSeries } = api.services.storage;
    const span = { deviceKey: patient.deviceKey, fromAt: windowFrom, toAt: NOW, clockAheadMs: 0, clockBehindMs: 0 };
    const cgm = rowsOfReadings(await timeSeries.read([span], ['cgm'])).map((rows) => toSeries(rows, 5));
    const asked = { from: windowFrom, to: NOW, timeZone: ZONE, askedBy: 'days' } as const;
    const expected = ambulatoryProfile(mergeDaySummaries(summariseDays(cgm, asked, ZONE)), asked, cgm);
    const path = `/patients/${patient.patientId}/agp`;
    for (const query of ['', '?days=14'])
      expect((await api.admin.get(`${path}${query}`)).body).toEqual({
        ...expected,
        from: iso(windowFrom),
        to: iso(NOW),
      });
    expect(expected.slots).toHaveLength(288);
    const day = await api.admin.get(`${path}?days=1`);
    expect(day.body).toMatchObject({ daysWithData: 1, sufficient: false });
    expect(day.body.slots).toBeUndefined();
  });

  it('sees a reading that came late as soon as its day is marked, and after it was summed up', async () => {
    const before = await ask();
    // In the gap, so that every metric has something new to see.
    const late = glucose(patient.deviceKey, from + 1_800 * 5 * MINUTE_MS, 2.2);
    await store(api, [late]);
    await markDirty(api, patient, localDayOf(late.measuredAt, ZONE));
    const expected = await fromReadings(windowFrom, NOW, 'days');
    expect((await ask()).count).toBe(before.count + 1);
    expect(await ask()).toEqual(expected);
    await flushDays(api, patient, late.measuredAt, late.measuredAt + 1);
    expect(await ask()).toEqual(expected);
    expect(await ask()).toEqual(expected);
  });

  it('counts a second sensor beside the first', async () => {
    await ask();
    const second = await addDevice(api, patient.patientId, 'cgm');
    await api.services.storage.profiles.load([patient.patientKey]);
    api.services.storage.profiles.invalidate(patient.patientKey);
    await store(api, trace(second.deviceKey, NOW - 3 * DAY_MS + 130_000, NOW));
    for (const day of ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22']) await markDirty(api, patient, day);
    expect(await ask()).toEqual(await fromReadings(windowFrom, NOW, 'days'));
  });

  it('does not lose the day of a reading whose device had a wrong clock', async () => {
    const measuredAt = NOW - 4 * DAY_MS + 11_000;
    const ahead = { at: measuredAt + 3 * 60 * MINUTE_MS, measuredAt };
    await api.database.pool.query('update devices set clock_ahead_ms = $2 where device_key = $1', [
      patient.deviceKey,
      4 * 60 * MINUTE_MS,
    ]);
    api.services.storage.profiles.invalidate(patient.patientKey);
    const before = (await ask()).count;
    await store(api, [glucose(patient.deviceKey, measuredAt, 6.1, { ...ahead, receivedAt: measuredAt })]);
    await markDirty(api, patient, localDayOf(measuredAt, ZONE));
    expect((await ask()).count).toBe(before + 1);
  });
});

describe('what is absent', () => {
  it('stays absent for a patient without readings: no means, nothing is 0 that is not known', async () => {
    patient = await monitor(api, teamId);
    expect(await ask()).toEqual({
      from: '2026-11-08T16:00:00.000Z',
      to: iso(NOW),
      timeZone: ZONE,
      count: 0,
      clippedCount: 0,
      daysWithData: 0,
      activePercent: 0,
      sufficient: false,
    });
  });

  it('withholds GMI and GRI where a day is all there is, and SD of a single reading', async () => {
    patient = await monitor(api, teamId);
    await store(api, [glucose(patient.deviceKey, NOW - 60 * MINUTE_MS, 6.4)]);
    await markDirty(api, patient, '2026-11-22');
    const metrics = await ask();
    expect(metrics).toMatchObject({ count: 1, meanMmolPerL: 6.4, sufficient: false });
    for (const name of ['sdMgPerDl', 'cvPercent', 'jIndex', 'gmiPercent', 'gri', 'mage', 'modd', 'conga24'])
      expect(metrics).not.toHaveProperty(name);
    expect(metrics.timeInRange).toEqual({ veryLow: 0, low: 0, inRange: 100, high: 0, veryHigh: 0 });
  });

  it('fingersticks are in no CGM metric', async () => {
    patient = await monitor(api, teamId, 'glucometer');
    await store(api, [glucose(patient.deviceKey, NOW - MINUTE_MS, 2.4, { kind: 'smbg' })]);
    await markDirty(api, patient, '2026-11-22');
    expect((await ask()).count).toBe(0);
  });
});

describe('a day on which clocks change', () => {
  it('has 25 hours, all of which count as one day', async () => {
    patient = await monitor(api, teamId, 'cgm', { timeZone: 'Europe/Berlin' });
    const { startAt, endAt } = localDayBounds('2026-10-25', 'Europe/Berlin');
    expect(endAt - startAt).toBe(25 * 60 * MINUTE_MS);
    await store(api, trace(patient.deviceKey, startAt - DAY_MS, endAt + DAY_MS));
    await flushDays(api, patient, startAt - DAY_MS, endAt + DAY_MS, { timeZone: 'Europe/Berlin' });
    const query = `?from=${iso(startAt)}&to=${iso(endAt)}`;
    const expected = await fromReadings(startAt, endAt, 'range');
    expect(await ask(query)).toEqual(expected);
    expect(await ask(query)).toEqual(expected);
    expect(expected).toMatchObject({ count: 300, daysWithData: 1, activePercent: 100 });
  });
});

describe('a window that makes no sense', () => {
  it.each([
    ['?days=0', 'days', '>= 1'],
    ['?days=400', 'days', '<= 366'],
    ['?days=two', 'days', 'integer'],
    ['?days=3&from=2026-11-01T00:00:00Z', 'days', 'not by both'],
    ['?to=2026-11-01T00:00:00Z', 'from', 'from is missing'],
    ['?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 'from', 'earlier than to'],
    ['?from=2026-11-02T00:00:00&to=2026-11-03T00:00:00Z', 'from', 'offset'],
    ['?from=2020-01-01T00:00:00Z', 'from', '366 days at most'],
    ['?window=14', 'window', 'not a field here'],
  ])('%s is refused, naming %s and the remedy', async (query, field, words) => {
    patient = patient ?? (await monitor(api, teamId));
    const { status, body } = await api.admin.get<{ errors: { field: string; detail: string }[] }>(
      `/patients/${patient.patientId}/glucose-metrics${query}`,
    );
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field, detail: expect.stringContaining(words) }]);
  });
});

it('is not there for who is out of scope', async () => {
  patient = await monitor(api, teamId);
  const elsewhere = await createTeam(api.admin, 'Elsewhere');
  const nurse = await api.createCaller('nurse.elsewhere', [{ role: 'nurse', teamId: elsewhere }]);
  for (const what of ['glucose-metrics', 'agp', 'blood-pressure', 'readings'])
    expect((await nurse.get(`/patients/${patient.patientId}/${what}`)).status).toBe(404);
});
