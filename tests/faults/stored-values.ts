// What a system has stored of its readings, whichever engine they are in.
import type pg from 'pg';
import { READING_KINDS } from '../../domain/reading.ts';
import { createLog } from '../../runtime/log.ts';
import { openPool } from '../../storage/database.ts';
import { type InfluxSettings, openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { openDatabase, type RunningSystem } from '../system/running-system.ts';

const DEVICES_A_READ = 50;

/** Values by `deviceId kind at` (blood pressure: systolic): one each, where nothing is wrong. */
export async function readStoredValues(
  system: Pick<RunningSystem, 'databaseUrl'>,
  influx: InfluxSettings | undefined,
): Promise<Map<string, number[]>> {
  const database = await openDatabase(system);
  try {
    return influx ? await readThroughAdapter(system, database, influx) : await readTable(database);
  } finally {
    await database.end();
  }
}

async function readTable(database: pg.Client): Promise<Map<string, number[]>> {
  const { rows } = await database.query<{ identity: string; values: number[] }>(
    `select d.device_id || ' ' || (array['cgm', 'smbg', 'bp'])[r.kind] || ' ' || r.at identity, array_agg(r.value) as values
     from readings r join devices d using (device_key) group by 1`,
  );
  return new Map(rows.map(({ identity, values }) => [identity, values]));
}

async function readThroughAdapter(
  system: Pick<RunningSystem, 'databaseUrl'>,
  database: pg.Client,
  influx: InfluxSettings,
): Promise<Map<string, number[]>> {
  const { rows } = await database.query<{ device_key: number; device_id: string }>(
    'select device_key, device_id from devices',
  );
  const deviceIds = new Map(rows.map(({ device_key, device_id }) => [device_key, device_id]));
  const pool = openPool(await system.databaseUrl(), { max: 2, applicationName: 'accounting' });
  const series = createInfluxTimeSeries({
    influx: openInflux(influx),
    pool,
    log: createLog({ part: 'test', level: 'silent' }),
  });
  try {
    const always = { fromAt: 0, toAt: Date.now() + 2 * 86_400_000, clockAheadMs: 0, clockBehindMs: 0 };
    const spans = [...deviceIds.keys()].map((deviceKey) => ({ deviceKey, ...always }));
    const found = new Map<string, number[]>();
    for (let first = 0; first < spans.length; first += DEVICES_A_READ) {
      for (const { reading } of await series.read(spans.slice(first, first + DEVICES_A_READ), READING_KINDS)) {
        const identity = `${deviceIds.get(reading.deviceKey)} ${reading.kind} ${reading.at}`;
        const value = reading.kind === 'bp' ? reading.receivedSystolic : reading.value;
        found.set(identity, [...(found.get(identity) ?? []), value]);
      }
    }
    return found;
  } finally {
    await series.close();
    await pool.end();
  }
}
