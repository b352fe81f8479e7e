// The same messages through ingest with readings in Postgres and in InfluxDB: the same fates, audits, day summaries and episodes, to the
// last bit, through corrections, repetitions, clocks that are off, new workers and an InfluxDB that is away in between.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { READING_KINDS } from '../../domain/reading.ts';
import { createLog } from '../../runtime/log.ts';
import { createRandom } from '../../simulators/traces/random.ts';
import { openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxTimeSeries, type InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { voidReading } from '../../storage/readings/void-reading.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInfluxd, startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { until } from '../system/until.ts';
import { createIngestScene, DAY_MS, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { openWorker, type WorkerUnderTest } from './ingest-worker-under-test.ts';

requireEngine(missingInfluxd);

const ROUNDS = 12;
let influxd: TestInflux;
beforeAll(async () => {
  if (!missingInfluxd) influxd = await startTestInflux();
});
afterAll(() => influxd?.destroy());

interface Deployment {
  readonly scene: IngestScene;
  readonly devices: readonly SceneDevice[];
  readonly open: () => Promise<WorkerUnderTest>;
}

async function deploy(series?: (pool: IngestScene['pool']) => InfluxTimeSeries): Promise<Deployment> {
  const scene = await createIngestScene();
  const patients = [await scene.addPatient(), await scene.addPatient({ timeZone: 'Europe/Berlin' })];
  const devices = [
    await scene.addDevice('cgm', patients[0]),
    await scene.addDevice('glucometer', patients[0]),
    await scene.addDevice('bp_monitor', patients[1]),
    await scene.addDevice('cgm', patients[1]),
  ];
  const own = series?.(scene.pool);
  return { scene, devices, open: () => openWorker(scene, own ? { timeSeries: () => own } : {}) };
}

/** What devices send in a round: mostly in order, now and then again, late, corrected, off the scale or by a clock that is off. */
function messagesOf(random: () => number, now: number) {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  return Array.from({ length: 8 }, () => {
    const device = Math.floor(random() * 4);
    const firstAt = now - pick(0, 1, 1, 2, 9) * DAY_MS - Math.floor(random() * 200) * 5 * MINUTE_MS;
    const readings = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, index) => {
      const base = {
        at: firstAt + index * 5 * MINUTE_MS,
        ...(random() < 0.5 ? { seq: Math.floor(random() * 1_000) } : {}),
      };
      if (device === 2) {
        const [systolic, diastolic] = [130 + Math.floor(random() * 60), 80 + Math.floor(random() * 20)];
        return random() < 0.3
          ? { ...base, kind: 'bp', unit: 'kPa', systolic: 17.6, diastolic: 11.2 }
          : {
              ...base,
              kind: 'bp',
              unit: 'mmHg',
              systolic,
              diastolic,
              pulse: 72,
              ...(random() < 0.3 ? { slot: 'A' } : {}),
            };
      }
      const glucose = { ...base, kind: device === 1 ? 'smbg' : 'cgm', unit: 'mmol/L' };
      return random() < 0.05
        ? { ...glucose, value: pick('LOW', 'HIGH') }
        : { ...glucose, value: Math.round(25 + random() * 150) / 10, ...(device === 1 ? { context: 'fasting' } : {}) };
    });
    const clockMs = pick(0, 0, 0, 20 * MINUTE_MS);
    const payload = random() < 0.3 ? { sentAt: now + clockMs, readings } : readings;
    return { device, payload, receivedAt: now - Math.floor(random() * 3_000) };
  });
}

/** No day waits to be read again: so both have read the same days by the same round, and what they know of an episode then is the same. */
async function settle({ upkeep }: WorkerUnderTest, scene: IngestScene): Promise<void> {
  await until('no day waits to be read again', 10_000, async () => {
    upkeep.hurry(0);
    await upkeep.run(Date.now(), Date.now());
    return (await scene.rows('select from dirty_days where held_mark is distinct from mark limit 1')).length === 0;
  });
}

async function outcomeOf({ scene }: Deployment) {
  return {
    summaries: await scene.rows('select patient_key, day, summary::text from day_summaries order by patient_key, day'),
    episodes: await scene.rows(
      `select patient_key, rule_id, severity, start_at, completed_at, end_at, fate from episodes
       where withdrawn_at is null order by patient_key, rule_id, start_at`,
    ),
    audits: await scene.rows(
      `select device_key, kind, at, revision, value, meta, flags, measured_at, reason, origin_partition, origin_seq, origin_index
       from reading_audit order by device_key, kind, at, revision`,
    ),
    counts: await scene.rows(
      `select sum(received)::int as received, sum(accepted)::int as accepted, sum(duplicate)::int as duplicate,
         sum(corrected)::int as corrected, sum(rejected)::int as rejected from record_counts`,
    ),
    clocks: await scene.rows('select device_key, clock_ahead_ms, clock_behind_ms from devices order by device_key'),
  };
}

it('comes to the same in both deployments', async () => {
  const log = createLog({ part: 'test', level: 'silent' });
  const postgres = await deploy();
  const influx = await deploy((pool) => createInfluxTimeSeries({ influx: openInflux(influxd.settings), pool, log }));
  const both = [postgres, influx];
  try {
    const random = createRandom(20_261_122);
    const now = Date.now();
    let workers = await Promise.all(both.map(({ open }) => open()));
    for (let round = 0; round < ROUNDS; round++) {
      const messages = messagesOf(random, now);
      const [again] = messages;
      for (const [index, { scene, devices }] of both.entries()) {
        await scene.publish(
          ...[...messages, again!].map(({ device, ...message }) => ({ device: devices[device]!, ...message })),
        );
        if (index === 1 && round === 5) {
          await influxd.kill();
          await expect(workers[1]!.turn()).rejects.toThrow('InfluxDB');
          await influxd.start();
          // As the loop does after a failure.
          workers[1]!.heldPartitions.turnFailed();
        }
        await workers[index]!.turn();
        await settle(workers[index]!, scene);
      }
      if (round === 7) {
        for (const { upkeep, close } of workers) {
          await upkeep.finish(Date.now());
          await close();
        }
        workers = await Promise.all(both.map(({ open }) => open()));
      }
      if (round === 9) {
        const [first] = await workers[0]!.storage.timeSeries.read(spansOf(postgres), ['cgm']);
        for (const [index, { devices, scene }] of both.entries()) {
          const { deviceKey, at } = first!.reading;
          const { deviceId } = devices.find((device) => device.deviceKey === deviceKey)!;
          const deps = { ...workers[index]!.storage, pool: scene.pool };
          expect(await voidReading(deps, { deviceId, kind: 'cgm', at }, 'somebody', now)).toBeDefined();
          await workers[index]!.turn();
          await settle(workers[index]!, scene);
        }
      }
    }
    for (const { upkeep } of workers) await upkeep.finish(Date.now());

    const expected = await outcomeOf(postgres);
    expect(expected.summaries.length).toBeGreaterThan(5);
    expect(expected.audits.length).toBeGreaterThan(20);
    expect(expected.episodes.length).toBeGreaterThan(2);
    expect(await outcomeOf(influx)).toEqual(expected);
    const [ofPostgres, ofInflux] = await Promise.all(
      workers.map(({ storage }, index) => storage.timeSeries.read(spansOf(both[index]!), READING_KINDS)),
    );
    expect(ofPostgres!.length).toBeGreaterThan(300);
    expect(ofInflux).toEqual(ofPostgres);
    for (const { close } of workers) await close();
  } finally {
    for (const { scene } of both) await scene.destroy();
  }
}, 120_000);

const spansOf = ({ devices }: Deployment) =>
  devices.map(({ deviceKey }) => ({
    deviceKey,
    fromAt: 0,
    toAt: Date.now() + 2 * DAY_MS,
    clockAheadMs: DAY_MS,
    clockBehindMs: DAY_MS,
  }));
