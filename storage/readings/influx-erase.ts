// Erasing readings from InfluxDB: it deletes by device and time alone, so what is to go is looked up first.
// Promise: when it resolves nothing of it is left, in the points or in the rows laid over them.
import { READING_KINDS, type ReadingKind } from '../../domain/reading.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { DeviceSpan, StoredReading } from '../ports/time-series.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { layOver, type Reach } from './influx-overlay.ts';
import { queryEdges, queryPoints, type RunStatements } from './influx-query.ts';
import { reachesOf, spanTest, stretchesOf } from './influx-spans.ts';

/** A 5-minute CGM has 17,280 points in it. */
const CHUNK_MS = 60 * 86_400_000;
const DELETE_TIMEOUT_MS = 60_000;
/** What is being written while it is erased is found by the next look. */
const MOST_LOOKS = 5;

export interface EraseDeps {
  readonly influx: InfluxConnection;
  readonly run: RunStatements;
  readonly readRows: (reaches: readonly Reach[]) => Promise<StoredReading[]>;
  readonly eraseRows: (spans: readonly DeviceSpan[]) => Promise<void>;
}

/** Points of one kind and device that lie one after the other, both ends included. */
interface Run {
  readonly kind: ReadingKind;
  readonly deviceKey: number;
  readonly firstAt: number;
  lastAt: number;
}

/** Throws TemporaryFailure; then it is to be done again. */
export async function eraseReadings(deps: EraseDeps, spans: readonly DeviceSpan[]): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const runs: Run[] = [];
    for (const reach of reachesOf(spans)) runs.push(...(await findRuns(deps, reach, spans)));
    for (const run of runs) await deleteRun(deps.influx, run);
    // After the points: as long as a row is there, a point may be written again from it.
    await deps.eraseRows(spans);
    if (runs.length === 0) return;
  }
  throw new TemporaryFailure('readings_unavailable', 'readings are written while they are erased');
}

/** The first look at a device asks where its readings begin and end: a span may have no end. */
async function findRuns({ run, readRows }: EraseDeps, reach: Reach, spans: readonly DeviceSpan[]): Promise<Run[]> {
  const isMeant = spanTest(spans);
  const stretches = stretchesOf([reach], READING_KINDS);
  const edges = await Promise.all([queryEdges(run, 'first', stretches), queryEdges(run, 'last', stretches)]);
  const instants = edges.flat().map(({ at }) => at);
  if (instants.length === 0) return [];
  const endAt = Math.max(...instants) + 1;
  const finder = createRunFinder(isMeant);
  for (let fromAt = Math.min(...instants); fromAt < endAt; fromAt += CHUNK_MS) {
    const chunk = { ...reach, fromAt, toAt: Math.min(fromAt + CHUNK_MS, endAt) };
    const [points, rows] = await Promise.all([
      queryPoints(run, stretchesOf([chunk], READING_KINDS)),
      readRows([chunk]),
    ]);
    // A row says whose the reading is; a row without a point needs no delete.
    const there = new Set(points.map(pointKey));
    const { current } = layOver(points, rows);
    finder.add(current.filter((stored) => there.has(pointKey(stored))));
  }
  return finder.runs;
}

const pointKey = ({ reading: { kind, at } }: StoredReading): string => `${kind}.${at}`;

/** Joins what is meant of a device as long as nothing lies between that isn't. */
function createRunFinder(isMeant: (stored: StoredReading) => boolean) {
  const runs: Run[] = [];
  const open = new Map<ReadingKind, Run>();
  return {
    runs,
    add(readings: readonly StoredReading[]) {
      for (const stored of readings.toSorted((a, b) => a.reading.at - b.reading.at)) {
        const { kind, deviceKey, at } = stored.reading;
        const before = open.get(kind);
        if (!isMeant(stored)) open.delete(kind);
        else if (before !== undefined) before.lastAt = at;
        else {
          const run = { kind, deviceKey, firstAt: at, lastAt: at };
          open.set(kind, run);
          runs.push(run);
        }
      }
    },
  };
}

async function deleteRun(influx: InfluxConnection, { kind, deviceKey, firstAt, lastAt }: Run): Promise<void> {
  const { org, bucket } = influx.settings;
  await influx.ask({
    method: 'POST',
    path: `/api/v2/delete?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}`,
    body: {
      start: new Date(firstAt).toISOString(),
      // Included: InfluxDB deletes to the last nanosecond that is named.
      stop: new Date(lastAt).toISOString(),
      predicate: `_measurement="${kind}" AND device="${deviceKey}"`,
    },
    endsAt: performance.now() + DELETE_TIMEOUT_MS,
  });
}
