// The TimeSeries contract over InfluxDB 2, as it ships.
import { createLog } from '../../runtime/log.ts';
import { openInflux } from '../../storage/readings/influx-connection.ts';
import { createInfluxTimeSeries } from '../../storage/readings/influx-time-series.ts';
import { requireEngine } from '../production-engine.ts';
import { missingInflux, startTestInflux } from '../start-test-influxdb.ts';
import { createTestDatabase } from '../test-database.ts';
import { openEngineLine } from './engine-line.ts';
import { describeTimeSeries } from './time-series.contract.ts';

requireEngine(missingInflux);

const log = createLog({ part: 'test', level: 'silent' });

describeTimeSeries('InfluxDB', async () => {
  const [server, database] = await Promise.all([startTestInflux(), createTestDatabase()]);
  const url = new URL(server.settings.url);
  const line = await openEngineLine({ host: url.hostname, port: Number(url.port) });
  url.port = String(line.port);
  const influx = openInflux({ ...server.settings, url: url.origin });
  const series = createInfluxTimeSeries({ influx, pool: database.pool, log });
  await series.checkSettings();
  return {
    series,
    line,
    async close() {
      await series.close();
      await line.close();
      await Promise.all([server.destroy(), database.drop()]);
    },
  };
});
