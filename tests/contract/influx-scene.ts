// What tests of readings in InfluxDB share: a server, databases that are an installation each, and a stranger who asks the bucket in Flux.
import { InfluxDB } from '@influxdata/influxdb-client';
import { createLog } from '../../runtime/log.ts';
import { type InfluxSettings, openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxTimeSeries, type InfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { startTestInflux, type TestInflux } from '../start-test-influxdb.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

export interface InfluxScene {
  readonly server: TestInflux;
  readonly database: TestDatabase;
  /** Another installation. */
  anotherDatabase(): Promise<TestDatabase>;
  /** On a bucket of the scene's own, unless said otherwise; closed by `close`. */
  open(options?: Opened): InfluxTimeSeries;
  /** What was logged so far. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  /** Rows that a stranger gets. `BUCKET` in it stands for the scene's bucket. */
  flux(query: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

interface Opened {
  readonly settings?: Partial<InfluxSettings>;
  readonly database?: TestDatabase;
}

export async function openInfluxScene(...settingsOfServer: readonly string[]): Promise<InfluxScene> {
  const [server, database] = await Promise.all([startTestInflux(...settingsOfServer), createTestDatabase()]);
  const databases = [database];
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ part: 'test', level: 'info', write: (line) => logged.push(JSON.parse(line)) });
  const opened: InfluxTimeSeries[] = [];
  const { url, token, org, bucket } = server.settings;
  const queries = new InfluxDB({ url, token }).getQueryApi(org);
  return {
    server,
    database,
    async anotherDatabase() {
      const another = await createTestDatabase();
      databases.push(another);
      return another;
    },
    open({ settings, database: { pool } = database } = {}) {
      const influx = openInflux({ ...server.settings, ...settings });
      const series = createInfluxTimeSeries({ influx, pool, log });
      opened.push(series);
      return series;
    },
    logged,
    flux: (query) => queries.collectRows(query.replaceAll('BUCKET', bucket)),
    async close() {
      for (const series of opened) await series.close();
      await Promise.all([server.destroy(), ...databases.map((each) => each.drop())]);
    },
  };
}
