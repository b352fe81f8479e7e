// Rules of weeks, from the journal and the registry to the signals: asked after midnight, soon after a change, and after a crash.

import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { addDays, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { recordChange } from '../../storage/registry/registry-changes.ts';
import { until } from '../system/until.ts';
import { DAY_MS, HOUR_MS, type IngestScene, MINUTE_MS } from './ingest-scene.ts';
import { useOwnWorkers, type WorkerUnderTest } from './ingest-worker-under-test.ts';

const ZONE = 'Asia/Shanghai';
const WITHIN_MS = 20_000;
const now = Date.now();
const today = localDayOf(now, ZONE);
const at = (daysAgo: number, hour: number, min = 0, zone = ZONE) =>
  localDayBounds(addDays(localDayOf(now, zone), -daysAgo), zone).startAt + hour * HOUR_MS + min * MINUTE_MS;
/** Its sign is turned round by those who named it. */
const WHERE_IT_IS_AFTERNOON = `Etc/GMT${new Date(now).getUTCHours() > 14 ? '+' : '-'}${Math.abs(14 - new Date(now).getUTCHours())}`;

const workers = useOwnWorkers();
let scene: IngestScene;
/** What upkeep is told the time is. */
let clock: number;
beforeEach(() => {
  ({ scene } = workers);
  clock = now;
});

interface SignalRow {
  readonly verdict: string;
  readonly severity: string | null;
  readonly explanation: { readonly reason: string };
}
const signalOf = async (patientKey: number, ruleId: string): Promise<SignalRow | undefined> =>
  (
    await scene.rows<SignalRow>(
      'select verdict, severity, explanation from signals where patient_key = $1 and rule_id = $2',
      [patientKey, ruleId],
    )
  )[0];
const episodesOf = (patientKey: number, ruleId: string) =>
  scene.rows<{ fate: string; start_at: number; end_at: number | null }>(
    'select fate, start_at, end_at from episodes where patient_key = $1 and rule_id = $2 and withdrawn_at is null order by start_at',
    [patientKey, ruleId],
  );
const dueAtOf = async (patientKey: number) =>
  (
    await scene.rows<{ history_due_at: number | null }>(
      'select history_due_at from patient_state where patient_key = $1',
      [patientKey],
    )
  )[0]?.history_due_at;

/** Two readings on the morning and the evening of each of the days before today. */
const homeWeek = (systolic: number, days = 7) =>
  Array.from({ length: days }, (_, n) => n + 1).flatMap((daysAgo) =>
    [7, 19].flatMap((hour) =>
      [0, 1].map((min) => ({ kind: 'bp', at: at(daysAgo, hour, min), systolic, diastolic: 80, unit: 'mmHg' })),
    ),
  );
async function withCondition(patientKey: number, code = 'hypertension') {
  await scene.pool.query(
    'insert into patient_conditions (patient_key, code, from_at) values ($1, $2, to_timestamp(0))',
    [patientKey, code],
  );
}
async function visited(patientKey: number, instant: number) {
  await scene.pool.query(`insert into visits (visit_id, patient_key, at, kind) values ($1, $2, $3, 'clinic')`, [
    uuidv7(),
    patientKey,
    new Date(instant),
  ]);
  await recordChange(scene.pool, 'patient', patientKey);
}
/** Everything published is consumed and everybody's weeks are judged, as if the seconds between had passed. */
async function settle(worker: WorkerUnderTest, aheadMs = 0): Promise<void> {
  await worker.heldPartitions.sync();
  await worker.registryWatch.take();
  for (let records = await worker.read(); records.length > 0; records = await worker.read()) {
    await worker.consumer.consume(records);
  }
  clock = Math.max(clock, now + aheadMs);
  for (let round = 0; round < 4; round++) {
    clock += 30_000;
    await worker.upkeep.run(clock, clock);
  }
}

describe('a patient’s weeks', () => {
  it('a week of elevated home pressure is a warning, nudged to alerting', async () => {
    const patientKey = await scene.addPatient();
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    const worker = await workers.open();
    await scene.publish({ device: monitor, payload: homeWeek(150) });
    await settle(worker);
    expect(await signalOf(patientKey, 'BP-04')).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'home_mean_elevated' },
    });
    expect(await episodesOf(patientKey, 'BP-04')).toMatchObject([{ fate: 'live', end_at: null }]);
    expect(scene.jobs.length).toBeGreaterThan(0);
    expect(await worker.counter('pulseward_ingest_histories_total')).toBeGreaterThan(0);
  });

  it('is judged again within the hour after local midnight, and not before', async () => {
    const patientKey = await scene.addPatient();
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    const worker = await workers.open();
    await scene.publish({ device: monitor, payload: homeWeek(120) });
    await settle(worker);
    const dueAt = (await dueAtOf(patientKey))!;
    const midnight = localDayBounds(today, ZONE).endAt;
    expect(dueAt).toBeGreaterThan(midnight);
    expect(dueAt).toBeLessThan(midnight + HOUR_MS + 2 * MINUTE_MS);
    const judged = await worker.counter('pulseward_ingest_histories_total');
    await worker.upkeep.run(dueAt - 1, dueAt - 1);
    expect(await worker.counter('pulseward_ingest_histories_total')).toBe(judged);
    await worker.upkeep.run(dueAt + 10 * MINUTE_MS, dueAt);
    expect(await worker.counter('pulseward_ingest_histories_total')).toBe(judged + 1);
    expect(await dueAtOf(patientKey)).toBe(dueAt + DAY_MS);
  });

  it('a second day at grade 2 is told once the sitting is over, not at midnight; a calm reading asks for nothing', async () => {
    // In the first hour of a day what is calm is asked about, too: the day may have been an hour shorter.
    const patientKey = await scene.addPatient({ timeZone: WHERE_IT_IS_AFTERNOON });
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    const reading = (instant: number, systolic: number) => ({
      kind: 'bp',
      at: instant,
      systolic,
      diastolic: 80,
      unit: 'mmHg',
    });
    const worker = await workers.open();
    await scene.publish({ device: monitor, payload: [reading(at(2, 8, 0, WHERE_IT_IS_AFTERNOON), 165)] });
    await settle(worker);
    const state = worker.projections.states.get(patientKey)!;
    const untilMidnight = state.historyDueAt;
    await scene.publish({ device: monitor, payload: [reading(now - 2 * MINUTE_MS, 130)] });
    await worker.consumer.consume(await worker.read());
    expect(state.historyDueAt).toBe(untilMidnight);
    await scene.publish({ device: monitor, payload: [reading(now - MINUTE_MS, 195)] });
    await worker.consumer.consume(await worker.read());
    expect(state.historyDueAt).toBeLessThan(Date.now() + 11_000);
    await worker.upkeep.run(now + 4 * MINUTE_MS, now + 4 * MINUTE_MS);
    // Sessions begin with their first reading: 130 and 195 are one of 163, over ten minutes after the first.
    expect((await signalOf(patientKey, 'BP-03'))?.verdict).not.toBe('firing');
    expect(state.historyDueAt).toBe(now - 2 * MINUTE_MS + 10 * MINUTE_MS);
    await worker.upkeep.run(now + 9 * MINUTE_MS, now + 9 * MINUTE_MS);
    expect(await signalOf(patientKey, 'BP-03')).toMatchObject({ verdict: 'firing', severity: 'warning' });
  });

  it('lows of nights that come after those nights were judged are looked for within minutes', async () => {
    const patientKey = await scene.addPatient();
    const sensor = await scene.addDevice('cgm', patientKey);
    const worker = await workers.open();
    const night = (daysAgo: number) =>
      Array.from({ length: 72 }, (_, slot) => ({
        kind: 'cgm',
        at: at(daysAgo, 0, slot * 5),
        value: slot >= 24 && slot < 28 ? 60 : 110,
        unit: 'mg/dL',
      }));
    await scene.publish({ device: sensor, payload: [...night(2), ...night(1)] });
    await settle(worker);
    await settle(worker, 12 * MINUTE_MS);
    expect(await signalOf(patientKey, 'CGM-08')).toMatchObject({ verdict: 'firing', severity: 'warning' });
  });

  it('yesterday’s pressures that come this morning are asked about', async () => {
    const patientKey = await scene.addPatient();
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    const worker = await workers.open();
    await scene.publish({ device: monitor, payload: homeWeek(150).filter((each) => each.at < at(1, 12)) });
    await settle(worker);
    const state = worker.projections.states.get(patientKey)!;
    state.historyDueAt = Number.POSITIVE_INFINITY;
    await scene.publish({
      device: monitor,
      payload: [{ kind: 'bp', at: at(1, 21), systolic: 120, diastolic: 80, unit: 'mmHg' }],
    });
    await worker.consumer.consume(await worker.read());
    expect(state.historyDueAt).toBeLessThan(Date.now() + 11_000);
  });

  it('any reading ends the silence of a patient who measured nothing for 14 days, also after a restart', async () => {
    const patientKey = await scene.addPatient({ registeredAt: new Date(now - 40 * DAY_MS) });
    const meter = await scene.addDevice('glucometer', patientKey);
    await recordChange(scene.pool, 'patient', patientKey);
    const first = await workers.open();
    first.projections.states.get(patientKey)!.askHistoryBy(0);
    await settle(first);
    expect(await signalOf(patientKey, 'ADH-02')).toMatchObject({ verdict: 'firing', severity: 'warning' });
    await first.close();
    const second = await workers.open();
    expect(second.projections.states.get(patientKey)?.waitsForReading).toBe(true);
    await scene.publish({ device: meter, payload: [{ kind: 'smbg', at: now - MINUTE_MS, value: 6, unit: 'mmol/L' }] });
    await settle(second);
    expect((await signalOf(patientKey, 'ADH-02'))?.verdict).toBe('clear');
    expect(await episodesOf(patientKey, 'ADH-02')).toMatchObject([{ end_at: now - MINUTE_MS }]);
    expect(second.projections.states.get(patientKey)?.waitsForReading).toBe(false);
  });
});

describe('follow-up', () => {
  it('a visit is a warning when it is a week overdue, and a recorded visit clears it', async () => {
    const patientKey = await scene.addPatient({ registeredAt: new Date(now - 400 * DAY_MS) });
    await withCondition(patientKey);
    await visited(patientKey, now - 110 * DAY_MS);
    const worker = await workers.open();
    worker.projections.states.get(patientKey)!.askHistoryBy(0);
    await settle(worker);
    expect(await signalOf(patientKey, 'PHS-01')).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'visit_overdue', followUp: { action: 'routine', reason: 'quarterly' } },
    });
    await visited(patientKey, now - HOUR_MS);
    await until('the change is heard of', WITHIN_MS, async () => {
      await settle(worker, HOUR_MS);
      return (await signalOf(patientKey, 'PHS-01'))?.verdict === 'clear';
    });
    expect(await episodesOf(patientKey, 'PHS-01')).toMatchObject([{ fate: 'live', end_at: now - HOUR_MS }]);
  });

  it('a patient who was registered today has no alert', async () => {
    const patientKey = await scene.addPatient({
      registeredAt: new Date(),
      plan: { cgmExpected: false, glucoseSessionsPerWeek: 7, bloodPressureSessionsPerWeek: 7 },
    });
    await withCondition(patientKey);
    const worker = await workers.open();
    worker.projections.states.get(patientKey)!.askHistoryBy(0);
    await settle(worker);
    expect(await dueAtOf(patientKey)).toBeGreaterThan(now);
    const firing = await scene.rows(`select rule_id from signals where patient_key = $1 and verdict = 'firing'`, [
      patientKey,
    ]);
    expect(firing).toEqual([]);
  });
});

describe('crashes and bugs', () => {
  it('a worker killed between a reading and its judgement leaves it to the next', async () => {
    const patientKey = await scene.addPatient();
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    await scene.publish({ device: monitor, payload: homeWeek(150) });
    const child = await scene.startProcess();
    await until('the readings are stored', WITHIN_MS, async () => {
      const [row] = await scene.rows<{ count: number }>('select count(*)::int as count from readings');
      return row!.count === 28;
    });
    await child.end();
    expect(await signalOf(patientKey, 'BP-04')).toBeUndefined();
    await until('the next one judges', WITHIN_MS, async () => {
      const worker = await workers.open();
      await settle(worker);
      await worker.close();
      return (await signalOf(patientKey, 'BP-04'))?.verdict === 'firing';
    });
  });

  it('what was due when a worker stopped is due to the next', async () => {
    const patientKey = await scene.addPatient();
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    const first = await workers.open();
    await scene.publish({ device: monitor, payload: homeWeek(150) });
    await first.consumer.consume(await first.read());
    await first.upkeep.run(now, now);
    await first.upkeep.finish(now);
    expect(await signalOf(patientKey, 'BP-04')).toBeUndefined();
    await first.close();
    const second = await workers.open();
    expect(second.projections.states.get(patientKey)!.historyDueAt).toBeLessThan(Date.now() + MINUTE_MS);
    await settle(second, MINUTE_MS);
    expect((await signalOf(patientKey, 'BP-04'))?.verdict).toBe('firing');
  });

  it('a rule that fails costs no other rule', async () => {
    const patientKey = await scene.addPatient();
    const monitor = await scene.addDevice('bp_monitor', patientKey);
    await withCondition(patientKey);
    // No plan that the API would take: PHS-01 stumbles over it.
    await scene.pool.query(
      `insert into plans (plan_id, patient_key, plan, from_at) values ($1, $2, '{"visitIntervalMonths": "soon"}', to_timestamp(0))`,
      [uuidv7(), patientKey],
    );
    const worker = await workers.open();
    await scene.publish({ device: monitor, payload: homeWeek(150) });
    await settle(worker);
    expect((await signalOf(patientKey, 'BP-04'))?.verdict).toBe('firing');
    expect(await worker.counter('pulseward_ingest_rule_bugs_total')).toBeGreaterThan(0);
    expect(await dueAtOf(patientKey)).toBeGreaterThan(now);
  });

  it('an erased patient is judged no more', async () => {
    const patientKey = await scene.addPatient();
    const worker = await workers.open();
    await scene.pool.query('update patients set erased_at = now() where patient_key = $1', [patientKey]);
    worker.projections.states.get(patientKey)!.askHistoryBy(0);
    worker.storage.profiles.invalidate(patientKey);
    await worker.upkeep.run(now, now);
    expect(worker.projections.states.get(patientKey)).toBeUndefined();
    expect(await scene.rows('select from signals')).toEqual([]);
  });
});
