// What readings cost in each engine, through its adapter with the settings that ship: CPU of the caller and of the engine, and time.
// `node tests/bench/time-series.ts --devices 10000 --readings 100000`; InfluxDB where there is an influxd on the PATH.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { GlucoseReading } from '../../domain/reading.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { openPool } from '../../storage/database.ts';
import { layOutCluster } from '../../storage/embedded-postgres/cluster-layout.ts';
import { createEmbeddedPostgres } from '../../storage/embedded-postgres/embedded-postgres.ts';
import { readPostmasterFile } from '../../storage/embedded-postgres/postmaster-file.ts';
import { migrateToLatest } from '../../storage/migrator.ts';
import type { DeviceSpan, StoredReading, TimeSeries } from '../../storage/ports/time-series.ts';
import { openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { influxdVersion, startTestInflux } from '../start-test-influxdb.ts';
import { treeCpuSeconds } from './process-cpu.ts';

const { values } = parseArgs({
  options: { devices: { type: 'string', default: '10000' }, readings: { type: 'string', default: '100000' } },
});
const DEVICES = Number(values.devices);
const READINGS = Number(values.readings);
const PATIENTS = 200;
const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const DAYS = 14;
const END_AT = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const START_AT = END_AT - DAYS * DAY_MS;

const log = createLog({ part: 'bench', level: 'error' });
const dataDir = mkdtempSync(join(tmpdir(), 'pulseward-series-bench-'));
const embedded = createEmbeddedPostgres({ dataDir, log, counters: createCounters({ part: 'bench' }), onLost: fail });
const databaseUrl = await embedded.start();
const influxd = influxdVersion ? await startTestInflux() : undefined;
try {
  await migrateToLatest(databaseUrl);
  const pool = openPool(databaseUrl, { max: 10, applicationName: 'series bench' });
  const postmaster = (await readPostmasterFile(layOutCluster(dataDir).postmasterFile))!.pid;
  await measure('Postgres', createPostgresTimeSeries({ pool }), [postmaster]);
  if (influxd) {
    // What the first has written would lie over the second.
    await pool.query('truncate readings');
    const series = createInfluxTimeSeries({ influx: openInflux(influxd.settings), pool, log });
    await series.checkSettings();
    await measure(`InfluxDB ${influxdVersion}`, series, [influxd.pid()!, postmaster]);
    await series.close();
  }
  await pool.end();
} finally {
  await influxd?.destroy();
  await embedded.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function reading(deviceKey: number, step: number): StoredReading {
  const at = START_AT + step * STEP_MS + ((deviceKey * 13) % STEP_MS);
  const value = Math.round((5 + 3 * Math.sin(step / 20 + deviceKey)) * 10) / 10;
  const base = {
    kind: 'cgm',
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at + 1_500,
    unit: 'mmol/L',
    flags: [],
  } as const;
  const glucose: GlucoseReading = { ...base, value };
  return {
    reading: glucose,
    origin: { partition: deviceKey % 8, seq: 1_000_000 + step, index: deviceKey },
    revision: 0,
  };
}

function span(deviceKey: number, days: number): DeviceSpan {
  const fromAt = END_AT - days * DAY_MS;
  return { deviceKey, fromAt, toAt: END_AT + DAY_MS, clockAheadMs: 0, clockBehindMs: 0 };
}

async function measure(engine: string, series: TimeSeries, pids: readonly number[]): Promise<void> {
  const engineSeconds = () => pids.reduce((sum, pid) => sum + treeCpuSeconds(pid), 0);
  const table: Record<string, Record<string, number | string>> = {};

  async function note(
    title: string,
    times: number,
    per: number,
    unit: string,
    work: (time: number) => Promise<unknown>,
  ) {
    await work(-1);
    const [caller, others, at] = [process.cpuUsage(), engineSeconds(), performance.now()];
    for (let time = 0; time < times; time++) await work(time);
    const elapsedMs = performance.now() - at;
    const { user, system } = process.cpuUsage(caller);
    const each = (ms: number) => Number((((unit === 'µs' ? 1_000 : 1) * ms) / times / per).toFixed(2));
    const cpu = {
      'caller, CPU': each((user + system) / 1_000),
      'engine, CPU': each((engineSeconds() - others) * 1_000),
    };
    table[title] = { ...cpu, elapsed: each(elapsedMs), unit };
  }

  let step = DAYS * 288;
  for (const size of [1_000, 2_000]) {
    const batches = Math.ceil(READINGS / size);
    await note(`write, batches of ${size}, a reading`, batches, size, 'µs', () => {
      const batch = Array.from({ length: size }, (_, index) =>
        reading(1_000 + ((step * size + index) % DEVICES), step),
      );
      step++;
      return series.write(batch, []);
    });
  }
  for (let from = 0; from < DAYS * 288; from += 10)
    await series.write(
      Array.from({ length: PATIENTS * Math.min(10, DAYS * 288 - from) }, (_, index) =>
        reading(1 + (index % PATIENTS), from + Math.floor(index / PATIENTS)),
      ),
      [],
    );
  const all = Array.from({ length: PATIENTS }, (_, index) => index + 1);
  await note('read, 2 days of 1 patient', 20, 1, 'ms', () => series.read([span(7, 2)], ['cgm', 'smbg', 'bp']));
  await note('read, 2 days of 200 patients', 3, 1, 'ms', () =>
    series.read(
      all.map((key) => span(key, 2)),
      ['cgm', 'smbg', 'bp'],
    ),
  );
  await note('read, 14 days of 1 patient', 20, 1, 'ms', () => series.read([span(7, 14)], ['cgm']));
  const ofOneHour = Array.from({ length: 1_000 }, (_, n) =>
    reading(1 + (n % PATIENTS), 400 + Math.floor(n / PATIENTS)),
  );
  await note('find, 1,000 identities of 200 devices and half an hour', 5, 1, 'ms', () =>
    series.find(ofOneHour.map((stored) => stored.reading)),
  );
  const ofOneDevice = Array.from({ length: 1_000 }, (_, n) => reading(7, 400 + n));
  await note('find, 1,000 identities of one device', 5, 1, 'ms', () =>
    series.find(ofOneDevice.map((stored) => stored.reading)),
  );
  await note('newest, 200 devices', 5, 1, 'ms', () => series.newestAt(all, END_AT - 7 * DAY_MS));
  console.log(`\n${engine}`);
  console.table(table);
}

function fail(): never {
  throw new Error('not part of this measurement');
}
