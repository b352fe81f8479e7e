// What is asked of InfluxDB, in InfluxQL: from and to a stated moment, always. (Without a stop a reading that lies in the future is missed.)
// M, influxd's CPU: 200 patients × 2 days 0.3–0.5 s against 1.5–3 s in Flux, one patient's two days 4 against 25–35 ms; Flux refuses 200
// devices in one filter ("Program is nested too deep").

import type { ReadingKind } from '../../domain/reading.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { StoredReading } from '../ports/time-series.ts';
import type { InfluxBucket } from './influx-bucket.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { fromPoint, LAST_INSTANT_MS, POINT_FIELDS, type PointRow } from './influx-points.ts';

/** Points of devices by their own time, [fromAt, toAt). */
export interface Stretch {
  readonly kind: ReadingKind;
  readonly deviceKeys: readonly number[];
  readonly fromAt: number;
  readonly toAt: number;
}

/**
 * M: a statement costs influxd about 0.3 ms, a device's series 0.1 ms, and the condition's length squared soon more than both. A pattern
 * of more than 100 devices is matched against the whole index instead: 100,000 devices, 480 ms for 1,000 of them against 200.
 */
const DEVICES_PER_STATEMENT = 50;
/** influxd carries out the statements of a request one after the other. */
const MOST_REQUESTS = 4;
const STATEMENTS_WORTH_A_REQUEST = 4;

/** Runs statements; answers the parts of InfluxDB's JSON that hold points. */
export type RunStatements = (statements: string) => Promise<string>;

export interface Series<Row, Name = string, Tags = unknown> {
  readonly name: Name;
  readonly tags: Tags;
  readonly values: readonly Row[];
}

type PointSeries = Series<PointRow, ReadingKind, { readonly device: string }>;

export interface Answer<S> {
  readonly results?: readonly { readonly series?: readonly S[]; readonly error?: string; readonly partial?: boolean }[];
}

const TIMEOUT_MS = 30_000;

/** The answer's text. @param endsAt performance.now(). Throws as InfluxConnection.ask. */
export function askInfluxQl(
  influx: InfluxConnection,
  { database, retentionPolicy }: InfluxBucket,
  statements: string,
  endsAt = performance.now() + TIMEOUT_MS,
): Promise<string> {
  const params = new URLSearchParams({ db: database, rp: retentionPolicy, epoch: 'ms' });
  const headers = { 'content-type': 'application/vnd.influxql', accept: 'application/json' };
  return influx.ask({ method: 'POST', path: `/query?${params}`, body: statements, headers, endsAt });
}

/** By device, each in the order of time. */
export async function queryPoints(run: RunStatements, stretches: readonly Stretch[]): Promise<StoredReading[]> {
  const points: StoredReading[] = [];
  const statements = stretches.flatMap(cut).map((stretch) => statementOf(selectFields(stretch.kind), stretch));
  for (const { name, tags, values } of await querySeries(run, statements)) {
    const deviceKey = Number(tags.device);
    // A tag that is no integer is nobody's device.
    if (!Number.isSafeInteger(deviceKey)) continue;
    for (const row of values) {
      const stored = fromPoint(name, deviceKey, row);
      if (stored !== undefined) points.push(stored);
    }
  }
  return points;
}

export interface Edge {
  readonly kind: ReadingKind;
  readonly deviceKey: number;
  readonly at: number;
}

/** The `at` of the first or last point of each device that has any in its stretch. */
export async function queryEdges(
  run: RunStatements,
  edge: 'first' | 'last',
  stretches: readonly Stretch[],
): Promise<Edge[]> {
  const statements = stretches.flatMap(cut).map((stretch) => statementOf(`${edge}(codes)`, stretch));
  const series = await querySeries(run, statements);
  return series.flatMap(({ name, tags, values }) =>
    values.map(([at]) => ({ kind: name, deviceKey: Number(tags.device), at })),
  );
}

function cut(stretch: Stretch): Stretch[] {
  const { deviceKeys } = stretch;
  if (deviceKeys.length <= DEVICES_PER_STATEMENT) return [stretch];
  const parts: Stretch[] = [];
  for (let from = 0; from < deviceKeys.length; from += DEVICES_PER_STATEMENT)
    parts.push({ ...stretch, deviceKeys: deviceKeys.slice(from, from + DEVICES_PER_STATEMENT) });
  return parts;
}

const selectFields = (kind: ReadingKind) => Object.keys(POINT_FIELDS[kind]).join(',');

function statementOf(selected: string, { kind, deviceKeys, fromAt, toAt }: Stretch): string {
  const devices = deviceKeys.map((deviceKey) => `device='${deviceKey}'`).join(' or ');
  const [from, to] = [Math.max(fromAt, -LAST_INSTANT_MS), Math.min(toAt, LAST_INSTANT_MS)];
  return `select ${selected} from ${kind} where (${devices}) and time >= ${from}ms and time < ${to}ms group by device`;
}

async function querySeries(run: RunStatements, statements: readonly string[]): Promise<PointSeries[]> {
  const requests = Math.min(MOST_REQUESTS, Math.ceil(statements.length / STATEMENTS_WORTH_A_REQUEST));
  const shares = Array.from({ length: requests }, (_, share) =>
    statements.filter((_statement, index) => index % requests === share),
  );
  const answers = await Promise.all(shares.map((share) => run(share.join(';'))));
  return answers.flatMap((text) => readSeriesAs<PointSeries>(text));
}

/** What fails in the middle is told inside of an answer whose status is 200: throws TemporaryFailure `readings_unavailable`. */
export const readSeries = <Row>(text: string): readonly Series<Row>[] => readSeriesAs<Series<Row>>(text);

function readSeriesAs<S>(text: string): readonly S[] {
  const { results = [] } = JSON.parse(text) as Answer<S>;
  for (const { error, partial } of results)
    if (error !== undefined || partial)
      throw new TemporaryFailure('readings_unavailable', `InfluxDB says: ${error ?? 'partial result'}`);
  return results.flatMap(({ series = [] }) => series);
}
