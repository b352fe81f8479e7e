// What rules of weeks judge by, as it is read from PostgreSQL for many patients at once.

import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextOf } from '../../domain/glucose-series.ts';
import { addDays, daysWindow, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { summariseDay } from '../../domain/metrics/day-summary.ts';
import type { Reading } from '../../domain/reading.ts';
import type { PatientHistory } from '../../domain/rules/history-rule.ts';
import { HISTORY_RULE_CATALOGUE } from '../../domain/rules/history-rule-catalogue.ts';
import type { StoredReading } from '../../storage/ports/time-series.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { readPatientHistories } from '../../storage/readings/read-patient-history.ts';
import { readPatientEntries } from '../../storage/registry/read-patient-entries.ts';
import { createIngestScene, DAY_MS, HOUR_MS, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';

const ZONE = 'Asia/Shanghai';
const now = localDayBounds(localDayOf(Date.now(), ZONE), ZONE).startAt + 12 * HOUR_MS;
const today = localDayOf(now, ZONE);
const at = (daysAgo: number, hour: number, min = 0) =>
  localDayBounds(addDays(today, -daysAgo), ZONE).startAt + hour * HOUR_MS + min * MINUTE_MS;
const DAYS_BACK = Math.max(...HISTORY_RULE_CATALOGUE.map(({ daysBack }) => daysBack));

let scene: IngestScene;
beforeAll(async () => {
  scene = await createIngestScene();
});
afterAll(() => scene.destroy());

const smbg = (instant: number, value: number, context = 'fasting') => ({
  kind: 'smbg',
  at: instant,
  value,
  unit: 'mmol/L',
  context,
});
const bp = (instant: number, systolic: number) => ({ kind: 'bp', at: instant, systolic, diastolic: 80, unit: 'mmHg' });
const cgm = (instant: number, value: number) => ({ kind: 'cgm', at: instant, value, unit: 'mg/dL' });

async function stored(device: SceneDevice, readings: readonly object[]): Promise<void> {
  await scene.start();
  await scene.publish({ device, payload: readings });
  await scene.consumed();
  await scene.stop();
}

async function read(...patientKeys: number[]): Promise<Map<number, PatientHistory>> {
  const entries = await readPatientEntries(scene.pool, patientKeys);
  const timeSeries = createPostgresTimeSeries({ pool: scene.pool });
  return readPatientHistories({ pool: scene.pool, timeSeries }, [...entries.values()], now);
}

describe('a history', () => {
  it('holds fingersticks with their context and pressures, in order, no further back than rules look', async () => {
    const patientKey = await scene.addPatient();
    const meter = await scene.addDevice('glucometer', patientKey);
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    await stored(meter, [smbg(at(2, 7), 7.2), smbg(at(5, 7), 6.1, 'random'), smbg(at(DAYS_BACK + 2, 7), 9)]);
    await stored(monitor, [bp(at(1, 8), 140), bp(at(3, 8), 130)]);
    const history = (await read(patientKey)).get(patientKey)!;
    expect(history.from).toBe(daysWindow(DAYS_BACK + 1, ZONE, now).from);
    expect(history.smbg.map(({ deviceKey, measuredAt }) => [deviceKey, [...Array.from(measuredAt)]])).toEqual([
      [meter.deviceKey, [at(5, 7), at(2, 7)]],
    ]);
    expect(Array.from(history.smbg[0]!.meta).map(contextOf)).toEqual(['random', 'fasting']);
    expect(history.bp.map(({ systolicMmHg }) => systolicMmHg)).toEqual([130, 140]);
    expect(history.lastAt).toEqual({ smbg: at(2, 7), bp: at(1, 8) });
    expect(history).toMatchObject({ cgmDays: [], firstCgmDays: [], cgm: [] });
    expect(history.firstCgmAt).toBeUndefined();
  });

  it('has the days of CGM as they would be summed up now, marked ones too, and of low days the night', async () => {
    const patientKey = await scene.addPatient();
    const sensor = await scene.addDevice('cgm', patientKey);
    const day = (daysAgo: number, low: boolean) =>
      Array.from({ length: 288 }, (_, slot) =>
        cgm(at(daysAgo, 0, slot * 5), low && slot >= 24 && slot < 28 ? 60 : 110),
      );
    await stored(sensor, [...day(60, false), ...day(3, true), ...day(2, false)]);
    // Somebody has touched it since.
    await scene.pool.query(
      `update day_summaries set summary = jsonb_set(summary, '{coveredMin}', '1') where day = $1`,
      [addDays(today, -2)],
    );
    await scene.pool.query(`insert into dirty_days (patient_key, day, partition, mark) values ($1, $2, 0, 1)`, [
      patientKey,
      addDays(today, -2),
    ]);
    const history = (await read(patientKey)).get(patientKey)!;
    expect(history.cgmDays.map((summary) => summary.day)).toEqual([addDays(today, -3), addDays(today, -2)]);
    expect(history.cgmDays.map(({ coveredMin }) => coveredMin)).toEqual([1440, 1440]);
    expect(history.cgmDays[1]).toEqual(
      summariseDay(
        [
          {
            deviceKey: sensor.deviceKey,
            cadenceMin: 5,
            length: 288,
            measuredAt: Array.from({ length: 288 }, (_, slot) => at(2, 0, slot * 5)),
            value: Array<number>(288).fill(110),
            meta: Array<number>(288).fill(0),
          },
        ],
        addDays(today, -2),
        ZONE,
      ),
    );
    expect(history.firstCgmDays.map((summary) => summary.day)).toEqual([addDays(today, -60)]);
    expect(history.firstCgmAt).toBe(at(60, 0));
    const [night] = history.cgm;
    expect(night!.measuredAt[0]).toBe(at(3, 0));
    expect(night!.measuredAt[night!.length - 1]).toBe(at(3, 7, 55));
    await scene.pool.query('delete from dirty_days');
  });

  it('knows visits, plans, conditions and risk group as they hold now', async () => {
    const patientKey = await scene.addPatient({
      plan: { glucoseSessionsPerWeek: 7, visitIntervalMonths: 2, cgmExpected: true },
    });
    await scene.pool.query(
      `insert into visits (visit_id, patient_key, at, kind, details) values ($1, $3, $4, 'clinic', '{"controlled": false}'), ($2, $3, $5, 'phone', '{}')`,
      [uuidv7(), uuidv7(), patientKey, new Date(at(10, 9)), new Date(at(20, 9))],
    );
    await scene.pool.query(
      `insert into patient_conditions (patient_key, code, from_at, to_at) values ($1, 'hypertension', to_timestamp(0), null), ($1, 'type_1_diabetes', to_timestamp(0), $2)`,
      [patientKey, new Date(at(1, 0))],
    );
    await scene.pool.query(
      `insert into patient_risk_groups (patient_key, risk_group, from_at) values ($1, 'older_high_risk', to_timestamp(0))`,
      [patientKey],
    );
    const { care } = (await read(patientKey)).get(patientKey)!;
    expect(care.visits).toEqual([
      {
        at: at(20, 9),
        kind: 'phone',
        controlled: undefined,
        drugReaction: undefined,
        newComplication: undefined,
        emergency: undefined,
      },
      {
        at: at(10, 9),
        kind: 'clinic',
        controlled: false,
        drugReaction: undefined,
        newComplication: undefined,
        emergency: undefined,
      },
    ]);
    expect(care.plans).toMatchObject([{ to: undefined, glucoseSessionsPerWeek: 7, visitIntervalMonths: 2 }]);
    expect(care.plans[0]!.bloodPressureSessionsPerWeek).toBeUndefined();
    expect(care).toMatchObject({
      conditions: [
        { code: 'hypertension', from: 0 },
        { code: 'type_1_diabetes', from: 0, to: at(1, 0) },
      ],
      riskGroup: 'older_high_risk',
    });
  });

  it('gives a shared monitor’s readings to whoever used the slot, and erased patients to nobody', async () => {
    const [one, other, erased] = [await scene.addPatient(), await scene.addPatient(), await scene.addPatient()];
    const monitor = await scene.addDevice('bp_monitor');
    await scene.bind(monitor, one, '-infinity', 'A');
    await scene.bind(monitor, other, '-infinity', 'B');
    const shared = { ...monitor, patientKey: one };
    await stored(shared, [
      { ...bp(at(1, 8), 131), slot: 'A' },
      { ...bp(at(1, 9), 132), slot: 'B' },
    ]);
    await scene.pool.query('update patients set erased_at = now() where patient_key = $1', [erased]);
    const histories = await read(one, other, erased);
    expect([...histories.keys()].sort()).toEqual([one, other].sort());
    expect(histories.get(one)!.bp.map(({ systolicMmHg }) => systolicMmHg)).toEqual([131]);
    expect(histories.get(other)!.bp.map(({ systolicMmHg }) => systolicMmHg)).toEqual([132]);
  });

  it('of nobody is nothing', async () => expect((await read()).size).toBe(0));

  it('of 200 patients at once costs each a few milliseconds', async () => {
    const patients = await Promise.all(Array.from({ length: 200 }, () => scene.addPatient()));
    const devices = await Promise.all(patients.map((patientKey) => scene.addDevice('bp_monitor', patientKey)));
    const written = devices.flatMap(({ deviceKey }) =>
      Array.from({ length: 56 }, (_, n): StoredReading => {
        const measuredAt = at(1 + Math.floor(n / 2), n % 2 === 0 ? 7 : 19);
        const reading: Reading = {
          kind: 'bp',
          deviceKey,
          at: measuredAt,
          measuredAt,
          receivedAt: measuredAt,
          flags: [],
          systolicMmHg: 130,
          diastolicMmHg: 80,
          unit: 'mmHg',
          receivedSystolic: 130,
          receivedDiastolic: 80,
        };
        return { reading, origin: { partition: 0, seq: 1, index: n }, revision: 0 };
      }),
    );
    await createPostgresTimeSeries({ pool: scene.pool }).write(written, []);
    const before = process.cpuUsage();
    const histories = await read(...patients);
    const { user, system } = process.cpuUsage(before);
    expect(histories.size).toBe(200);
    expect([...histories.values()].every(({ bp: pressures }) => pressures.length === 56)).toBe(true);
    console.info(`reading 200 histories: ${((user + system) / 200_000).toFixed(2)} ms of node's CPU each`);
    expect((user + system) / 200_000).toBeLessThan(20);
  });

  it('lies in the patient’s own days', async () => {
    const patientKey = await scene.addPatient({ timeZone: 'America/New_York' });
    const history = (await read(patientKey)).get(patientKey)!;
    expect(history.from).toBe(daysWindow(DAYS_BACK + 1, 'America/New_York', now).from);
    expect(now - history.from).toBeGreaterThan(DAYS_BACK * DAY_MS - 2 * HOUR_MS);
  });
});
