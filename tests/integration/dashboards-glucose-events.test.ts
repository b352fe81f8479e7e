// Lows and highs that lasted, over the API: their kinds, their extremes, their rates; and a window beside the one before it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GLUCOSE_EVENT_KINDS } from '../../domain/metrics/glucose-events.ts';
import { DAY_MS, glucose, MINUTE_MS, type Monitored, monitor, store } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Event {
  readonly kind: string;
  readonly startAt: string;
  readonly endAt?: string;
  readonly minutes: number;
  readonly nadirMgPerDl?: number;
  readonly peakMgPerDl?: number;
  readonly truncated: boolean;
  readonly truncatedBy?: string;
}
interface Events {
  readonly from: string;
  readonly items: readonly Event[];
  readonly nextCursor?: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly perDay?: Readonly<Record<string, number>>;
  readonly recordedDays?: number;
  readonly level1Only?: object;
}

/** Noon in Shanghai. */
const NOW = Date.UTC(2026, 10, 22, 4);
const TODAY = Date.UTC(2026, 10, 21, 16);
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

/** Every five minutes from an instant on, mg/dL; their day is marked, as ingest does it. */
async function trace(from: number, values: readonly (number | undefined)[]): Promise<void> {
  await store(
    api,
    values.flatMap((value, slot) =>
      value === undefined ? [] : glucose(patient.deviceKey, from + slot * 5 * MINUTE_MS, value, { unit: 'mg/dL' }),
    ),
  );
  await api.database.pool.query(
    `insert into dirty_days (patient_key, day, partition, mark)
     select $1, day::date, 0, nextval('dirty_day_marks') from generate_series($2::date, $3::date, interval '1 day') day on conflict do nothing`,
    [patient.patientKey, iso(from - DAY_MS).slice(0, 10), iso(from + values.length * 5 * MINUTE_MS).slice(0, 10)],
  );
}
const times = (count: number, value: number) => Array<number>(count).fill(value);
const eventsOf = async (query = '') => (await nurse.get<Events>(`/patients/${patient.patientId}/events${query}`)).body;
const at = (minutes: number) => iso(TODAY + minutes * MINUTE_MS);

describe('events', () => {
  it('of all kinds are listed by their start, with nadir or peak, and counted', async () => {
    await trace(TODAY, [
      ...times(12, 110),
      ...times(6, 62),
      ...times(4, 50),
      ...times(20, 60),
      ...times(12, 110),
      ...times(24, 270),
      ...times(12, 110),
    ]);
    const { items, counts, perDay, recordedDays, level1Only } = await eventsOf();
    expect(counts).toEqual({ hypoL1: 1, hypoL2: 1, hypoExtended: 1, hyperL1: 1, hyperL2: 1, hyperExtended: 1 });
    expect(Object.keys(counts!)).toEqual([...GLUCOSE_EVENT_KINDS]);
    expect(level1Only).toEqual({ hypo: 0, hyper: 0 });
    expect(recordedDays).toBeCloseTo((90 * 5) / 1440, 9);
    expect(perDay?.hypoL1).toBeCloseTo(1440 / (90 * 5), 9);
    const low = { startAt: at(60), endAt: at(210), minutes: 150, nadirMgPerDl: 50, truncated: false };
    expect(items.map(({ kind }) => kind).slice(0, 3)).toEqual(['hypoL1', 'hypoExtended', 'hypoL2']);
    expect(items[0]).toEqual({ kind: 'hypoL1', ...low });
    expect(items[2]).toMatchObject({ kind: 'hypoL2', startAt: at(90), endAt: at(110), minutes: 20, nadirMgPerDl: 50 });
    const high = items.find(({ kind }) => kind === 'hyperL1');
    expect(high).toEqual({
      kind: 'hyperL1',
      startAt: at(270),
      endAt: at(390),
      minutes: 120,
      peakMgPerDl: 270,
      truncated: false,
    });
  });

  it('whose end nobody saw say what cut them', async () => {
    const gap = Array<undefined>(12).fill(undefined);
    await trace(TODAY, [...times(6, 110), ...times(6, 60), ...gap, ...times(6, 110), ...times(6, 60)]);
    const { items } = await eventsOf();
    expect(items).toMatchObject([
      { startAt: at(30), truncated: true, truncatedBy: 'gap' },
      { startAt: at(150), truncated: true, truncatedBy: 'data_end' },
    ]);
    for (const event of items) expect(event).not.toHaveProperty('endAt');
  });

  it('come in pages, counted over the whole window', async () => {
    await trace(TODAY, Array.from({ length: 5 }, () => [...times(6, 110), ...times(4, 60)]).flat());
    const first = await eventsOf('?limit=2');
    const rest = await eventsOf(`?limit=100&cursor=${first.nextCursor}`);
    expect([first.items.length, rest.items.length, rest.nextCursor]).toEqual([2, 3, undefined]);
    expect(first.counts).toEqual(rest.counts);
    expect(new Set([...first.items, ...rest.items].map(({ startAt }) => startAt)).size).toBe(5);
  });

  it('are absent with their counts where nothing was measured', async () => {
    expect(await eventsOf()).toEqual({
      from: iso(TODAY - 13 * DAY_MS),
      to: iso(NOW),
      timeZone: 'Asia/Shanghai',
      items: [],
    });
  });

  it('are shown to who may see the patient, for a window that makes sense', async () => {
    expect((await stranger.get(`/patients/${patient.patientId}/events`)).status).toBe(404);
    for (const query of ['?days=0', '?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z', '?cursor=x'])
      expect((await nurse.get(`/patients/${patient.patientId}/events${query}`)).status).toBe(400);
  });
});

describe('glucose metrics', () => {
  it('count readings, minutes and events as well', async () => {
    await trace(TODAY, [...times(6, 110), ...times(6, 60), ...times(6, 110)]);
    const { body } = await nurse.get(`/patients/${patient.patientId}/glucose-metrics`);
    expect(body).toMatchObject({
      countInRange: { low: 6, inRange: 12 },
      minutesInRange: { low: 30, inRange: 60 },
      eventCounts: { hypoL1: 1, hypoL2: 0 },
    });
    expect(body).not.toHaveProperty('previous');
  });

  it('stand beside those of the fourteen days before, with what is a meaningful change', async () => {
    await trace(TODAY - 13 * DAY_MS, times(14 * 288 - 144, 110));
    await trace(TODAY - 27 * DAY_MS, [...times(7 * 288, 110), ...times(7 * 288, 200)]);
    const { body } = await nurse.get<{ previous: object; change: object }>(
      `/patients/${patient.patientId}/glucose-metrics?compare=previous`,
    );
    expect(body.previous).toMatchObject({
      from: iso(TODAY - 27 * DAY_MS),
      to: iso(TODAY - 13 * DAY_MS),
      count: 14 * 288,
      timeInRange: { inRange: 50, high: 50 },
    });
    expect(body.change).toMatchObject({ inRangePoints: 50, aboveRangePoints: -50, meaningfulInRange: true });
  });

  it('are compared with nothing where the window before holds too little', async () => {
    await trace(TODAY - 13 * DAY_MS, times(14 * 288 - 144, 110));
    const { body } = await nurse.get(`/patients/${patient.patientId}/glucose-metrics?compare=previous`);
    expect(body).toMatchObject({ previous: { count: 0 } });
    expect(body).not.toHaveProperty('change');
    const wrong = await nurse.get<{ errors: { field: string }[] }>(
      `/patients/${patient.patientId}/glucose-metrics?compare=next`,
    );
    expect([wrong.status, wrong.body.errors[0]?.field]).toEqual([400, 'compare']);
  });
});
