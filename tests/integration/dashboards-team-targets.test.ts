// How many of a team's patients meet the fortnight's targets, and who misses which.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, flushDays, glucose, MINUTE_MS, type Monitored, monitor, store } from '../dashboards/clinical-scene.ts';
import { type ApiCaller, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Group {
  readonly riskGroup: string;
  readonly targets: object;
  readonly patients: number;
  readonly measured: number;
  readonly sufficient: number;
  readonly met: number;
  readonly missed: Readonly<Record<string, number>>;
}
interface Missing {
  readonly patientId: string;
  readonly name: string;
  readonly missed: readonly string[];
  readonly timeInRange: Readonly<Record<string, number>>;
}
interface Targets {
  readonly days: number;
  readonly groups: readonly Group[];
  readonly items: readonly Missing[];
  readonly nextCursor?: string;
}

/** Noon in Shanghai. */
const NOW = Date.UTC(2026, 10, 22, 4);
const TODAY = Date.UTC(2026, 10, 21, 16);

let api: TestApi;
let teamId: string;
let lead: ApiCaller;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
});
afterAll(() => api.close());
beforeEach(async () => {
  teamId = await createTeam(api.admin, 'North');
  lead = await api.createCaller(`lead.${teamId.slice(-12)}`, [{ role: 'lead', teamId }]);
});

/** Fourteen days of which each hour has so many of its twelve readings at each value (mg/dL). */
async function wear(patient: Monitored, hour: Readonly<Record<number, number>>, days = 14): Promise<void> {
  const values = Object.entries(hour).flatMap(([value, count]) => Array<number>(count).fill(Number(value)));
  const from = TODAY - (days - 1) * DAY_MS;
  const readings = [];
  for (let at = from, slot = 0; at < NOW; at += 5 * MINUTE_MS, slot++)
    readings.push(glucose(patient.deviceKey, at, values[slot % values.length]!, { unit: 'mg/dL' }));
  await store(api, readings);
  await flushDays(api, patient, from, NOW);
}

const targetsOf = async (query = '', caller = lead) =>
  (await caller.get<Targets>(`/teams/${teamId}/targets${query}`)).body;

describe('targets of a team', () => {
  it('are met, missed or not to be judged, by group, and who misses one is listed, lows first', async () => {
    const [met, low, high, older, short, never] = [
      await monitor(api, teamId),
      await monitor(api, teamId, 'cgm', { name: '李雷' }),
      await monitor(api, teamId),
      await monitor(api, teamId, 'cgm', { riskGroup: 'older_high_risk' }),
      await monitor(api, teamId),
      await monitor(api, teamId),
    ];
    await wear(met, { 110: 10, 200: 2 });
    await wear(low, { 110: 11, 50: 1 });
    await wear(high, { 110: 4, 200: 4, 300: 4 });
    await wear(older, { 110: 8, 200: 4 });
    await wear(short, { 300: 12 }, 9);

    const { groups, items, days } = await targetsOf();
    expect(days).toBe(14);
    expect(groups).toEqual([
      {
        riskGroup: 'standard',
        targets: { inRangeAbove: 70, belowRangeUnder: 4, veryLowUnder: 1, aboveRangeUnder: 25, veryHighUnder: 5 },
        patients: 5,
        measured: 4,
        sufficient: 3,
        met: 1,
        missed: { inRange: 1, belowRange: 1, veryLow: 1, aboveRange: 1, veryHigh: 1 },
      },
      {
        riskGroup: 'older_high_risk',
        targets: { inRangeAbove: 50, belowRangeUnder: 1, aboveRangeUnder: 50, veryHighUnder: 10 },
        patients: 1,
        measured: 1,
        sufficient: 1,
        met: 1,
        missed: { inRange: 0, belowRange: 0, veryLow: 0, aboveRange: 0, veryHigh: 0 },
      },
    ]);
    expect(items.map(({ patientId, missed }) => [patientId, missed])).toEqual([
      [low.patientId, ['belowRange', 'veryLow']],
      [high.patientId, ['inRange', 'aboveRange', 'veryHigh']],
    ]);
    expect(items[0]).toMatchObject({ name: '李雷', timeInRange: { veryLow: expect.closeTo(100 / 12, 6) } });
    expect((await targetsOf('?missed=veryHigh')).items.map(({ patientId }) => patientId)).toEqual([high.patientId]);
    expect(never).toBeDefined();
  });

  it('are those that the patient’s own metrics show', async () => {
    const patient = await monitor(api, teamId);
    await wear(patient, { 50: 1, 65: 2, 110: 5, 200: 3, 300: 1 });
    const { items } = await targetsOf();
    const { body } = await lead.get(`/patients/${patient.patientId}/glucose-metrics`);
    expect(items[0]?.timeInRange).toEqual(body.timeInRange);
    expect(items[0]).toMatchObject({ activePercent: body.activePercent });
  });

  it('come in pages that show everybody once', async () => {
    const patients: Monitored[] = [];
    for (const value of [300, 50, 300, 60]) {
      const patient = await monitor(api, teamId);
      await wear(patient, { [value]: 12 });
      patients.push(patient);
    }
    const shown: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Targets = await targetsOf(`?limit=1${cursor && `&cursor=${cursor}`}`);
      shown.push(...page.items.map(({ patientId }) => patientId));
      expect(page.groups[0]).toMatchObject({ sufficient: 4, met: 0 });
      cursor = page.nextCursor;
    }
    const [first, second, third, fourth] = patients.map(({ patientId }) => patientId);
    expect(shown).toEqual([second, fourth, first, third]);
  });

  it('of a team of nobody are of nobody', async () => {
    const { groups, items } = await targetsOf();
    expect(groups.map(({ patients }) => patients)).toEqual([0, 0]);
    expect(items).toEqual([]);
  });

  it('are shown to who may see the team, and whose names are shown is written down', async () => {
    const patient = await monitor(api, teamId);
    await wear(patient, { 300: 12 });
    const stranger = await api.createCaller(`stranger.${teamId.slice(-12)}`, [
      { role: 'lead', teamId: await createTeam(api.admin, 'South') },
    ]);
    expect((await stranger.get(`/teams/${teamId}/targets`)).status).toBe(404);
    await targetsOf();
    const { rows } = await api.database.pool.query(
      `select kind from audit_log where patient_key = $1 and user_id = $2 and action = 'open'`,
      [patient.patientKey, lead.userId],
    );
    expect(rows).toEqual([{ kind: 'list' }]);
  });
});
