// The bucket `{INFLUX_BUCKET}_hourly`: how many readings of each kind came in each hour, and from how many devices; for whoever looks at the
// fleet over years (Grafana). It holds no device, so nothing in it is anybody's. Made at start with the task that fills it.
// No means of values: M, 61 µs of influxd's CPU a reading and run, because units have to be joined to them; counts 0.2 ms a device.
import { toFluxValue } from '@influxdata/influxdb-client';
import { READING_KINDS } from '../../domain/reading.ts';
import { askJson, findOrMakeBucket, type InfluxBucket } from './influx-bucket.ts';
import type { InfluxConnection } from './influx-connection.ts';

interface Task {
  readonly id: string;
  readonly name: string;
  readonly flux: string;
}

/** By whoever holds the installation's lock: names of tasks are not unique. Throws ConfigurationError, InfluxRefusal, TemporaryFailure. */
export async function provideHourly(influx: InfluxConnection, { orgId }: InfluxBucket): Promise<void> {
  const { bucket } = influx.settings;
  const hourlyBucket = `${bucket}_hourly`;
  await findOrMakeBucket(influx, hourlyBucket, 0);
  const name = `pulseward ${hourlyBucket}`;
  const flux = hourlyFlux(name, bucket, hourlyBucket);
  const query = `orgID=${orgId}&name=${encodeURIComponent(name)}`;
  const known = await askJson<{ tasks: readonly Task[] }>(influx, `/api/v2/tasks?${query}`);
  const task = known?.tasks.find((each) => each.name === name);
  if (task === undefined)
    await influx.ask({ method: 'POST', path: '/api/v2/tasks', body: { orgID: orgId, flux, status: 'active' } });
  else if (task.flux !== flux) await influx.ask({ method: 'PATCH', path: `/api/v2/tasks/${task.id}`, body: { flux } });
}

/** Each hour is counted again until it is a day old: readings come late. Only filters by equality reach InfluxDB's index. */
function hourlyFlux(name: string, from: string, to: string): string {
  const isReading = READING_KINDS.map((kind) => `r._measurement == ${toFluxValue(kind)}`).join(' or ');
  return `import "date"

option task = {name: ${toFluxValue(name)}, every: 1h, offset: 10m}

stop = date.truncate(t: now(), unit: 1h)
ofDevices = from(bucket: ${toFluxValue(from)})
    |> range(start: date.sub(from: stop, d: 24h), stop: stop)
    |> filter(fn: (r) => (${isReading}) and r._field == "codes")
    |> aggregateWindow(every: 1h, fn: count, createEmpty: false, timeSrc: "_start")
    |> group(columns: ["_measurement", "_time"])

union(tables: [
    ofDevices |> sum() |> set(key: "_field", value: "readings"),
    ofDevices |> count() |> set(key: "_field", value: "devices"),
])
    |> keep(columns: ["_time", "_measurement", "_field", "_value"])
    |> to(bucket: ${toFluxValue(to)})
`;
}
