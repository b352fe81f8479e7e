// TimeSeries on InfluxDB 2: a point an identity, overwritten by what replaces it, with the rows of Postgres laid over (influx-overlay.ts).
// Promise beyond the port's: whoever queries the bucket sees the current values; a point that lags behind is written again.
import type { Pool } from 'pg';
import { READING_KINDS } from '../../domain/reading.ts';
import type { Log } from '../../runtime/log.ts';
import type { KnownIdentity, NewestAt, ReplacedReading, StoredReading, TimeSeries } from '../ports/time-series.ts';
import { findReadings, type RunQuery, type SelectedRow } from './find-readings.ts';
import { finishUntil } from './finish-until.ts';
import { identityKey } from './identity-key.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { eraseReadings } from './influx-erase.ts';
import { findPoints } from './influx-find.ts';
import { createInfluxGuard } from './influx-guard.ts';
import { layOver, type Reach, readRows } from './influx-overlay.ts';
import { LAST_INSTANT_MS, toLine, UnstorableReading } from './influx-points.ts';
import { createProgress } from './influx-progress.ts';
import { queryEdges, queryPoints, type RunStatements } from './influx-query.ts';
import { createRepair } from './influx-repair.ts';
import { keptReadings, leaveOutTooOld } from './influx-retention.ts';
import { inTimeOrder, reachesOf, spanTest, stretchesOf } from './influx-spans.ts';
import { writePoints } from './influx-write.ts';
import { againstPostgres } from './postgres-failure.ts';
import { createPostgresTimeSeries } from './postgres-time-series.ts';
import { writeReadings } from './write-readings.ts';

/** A lease of 8 s that is renewed every second has twice this left at any time. */
const WRITE_TIMEOUT_MS = 3_000;
const PING_TIMEOUT_MS = 1_500;

export interface InfluxTimeSeries extends TimeSeries {
  /** For a start: throws ConfigurationError for what only a person can mend, TemporaryFailure where InfluxDB is away. */
  checkSettings(): Promise<void>;
  /** Resolves where InfluxDB answers, the token is good and the bucket is there. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface InfluxTimeSeriesDeps {
  readonly influx: InfluxConnection;
  /** Of the database with the audit and the rows that are laid over the points. */
  readonly pool: Pool;
  readonly log: Log;
}

export function createInfluxTimeSeries({ influx, pool, log }: InfluxTimeSeriesDeps): InfluxTimeSeries {
  const rows = createPostgresTimeSeries({ pool });
  const guard = createInfluxGuard({ influx, pool, log });
  const runRows: RunQuery = (query) => pool.query<SelectedRow>({ ...query, rowMode: 'array' });
  const run: RunStatements = (statements) => guard.query(statements);
  const repair = createRepair({
    pool,
    log,
    writePoints: (readings) => writeUntil(readings, readings.map(toLine), performance.now() + WRITE_TIMEOUT_MS),
  });

  const progress = createProgress({ influx, pool, log, doubt: guard.doubt });

  const writeUntil = (readings: readonly StoredReading[], lines: readonly string[], endsAt: number) =>
    guard.watch(() => writePoints(influx, readings, lines, endsAt));

  /** Compared and written in Postgres first, under a lock of the rows: from then on it is what everybody reads. */
  async function replaceRows(
    readings: readonly StoredReading[],
    replaced: readonly ReplacedReading[],
    endsAt: number,
  ): Promise<void> {
    const identities = new Map(replaced.map(({ stored }) => [identityKey(stored.reading), stored.reading]));
    const replacing = readings.filter(({ reading }) => identities.has(identityKey(reading)));
    const runUntil: RunStatements = (statements) => guard.query(statements, endsAt);
    const held = await findPoints(runUntil, [...identities.values()]);
    await againstPostgres(() => writeReadings(pool, replacing, replaced, endsAt, held));
  }

  async function write(readings: readonly StoredReading[], replaced: readonly ReplacedReading[]): Promise<void> {
    const endsAt = performance.now() + WRITE_TIMEOUT_MS;
    const lines = readings.map(toLine);
    const bucket = await finishUntil(endsAt, guard.pass());
    const kept = await leaveOutTooOld(readings, replaced, guard, endsAt);
    if (replaced.length > 0) await replaceRows(readings, replaced, endsAt);
    try {
      await writeUntil(kept, kept === readings ? lines : kept.map(toLine), endsAt);
    } catch (error) {
      if (!(error instanceof UnstorableReading)) throw error;
      // Maybe the bucket keeps less than it did.
      await guard.readRetention(endsAt);
      const still = await leaveOutTooOld(kept, replaced, guard, endsAt);
      if (still.length === kept.length) throw error;
      await writeUntil(still, still.map(toLine), endsAt);
    }
    progress.note(bucket);
  }

  async function find(identities: Parameters<TimeSeries['find']>[0]): Promise<Map<string, KnownIdentity>> {
    // One after the other: a row that is older than its point would hide what the point has replaced.
    const points = await findPoints(run, identities);
    const known = await againstPostgres(() => findReadings(runRows, identities));
    const { behind } = layOver(
      points,
      [...known.values()].map(({ current }) => current),
    );
    repair.begin(keptReadings(behind, guard));
    for (const current of points) {
      const key = identityKey(current.reading);
      if (!known.has(key)) known.set(key, { current, previous: [] });
    }
    return known;
  }

  return {
    writeTimeoutMs: WRITE_TIMEOUT_MS,
    async write(readings, replaced) {
      if (readings.length > 0 || replaced.length > 0) await write(readings, replaced);
    },
    find: async (identities) => (identities.length === 0 ? new Map() : find(identities)),

    async read(spans, kinds) {
      if (spans.length === 0 || kinds.length === 0) return [];
      const reaches = reachesOf(spans);
      const [points, overlay] = await Promise.all([
        queryPoints(run, stretchesOf(reaches, kinds)),
        againstPostgres(() => readRows(runRows, reaches, kinds)),
      ]);
      const { current, behind } = layOver(points, overlay);
      repair.begin(keptReadings(behind, guard));
      const isMeant = spanTest(spans);
      return current.filter((stored) => stored.voidedAt === undefined && isMeant(stored)).sort(inTimeOrder);
    },

    async newestAt(deviceKeys, fromAt) {
      if (deviceKeys.length === 0) return new Map();
      const stretches = READING_KINDS.map((kind) => ({ kind, deviceKeys, fromAt, toAt: LAST_INSTANT_MS }));
      const [edges, ofRows] = await Promise.all([
        queryEdges(run, 'last', stretches),
        rows.newestAt(deviceKeys, fromAt),
      ]);
      const newest = new Map<number, NewestAt>(ofRows);
      for (const { deviceKey, kind, at } of edges) {
        const known = newest.get(deviceKey);
        newest.set(deviceKey, { ...known, [kind]: Math.max(at, known?.[kind] ?? at) });
      }
      return newest;
    },

    erase: (spans) => {
      const readRowsOf = (reaches: readonly Reach[]) =>
        againstPostgres(() => readRows(runRows, reaches, READING_KINDS));
      return guard.watch(() => eraseReadings({ influx, run, readRows: readRowsOf, eraseRows: rows.erase }, spans));
    },

    checkSettings: guard.checkSettings,
    ping: async () => void (await guard.query('show measurements limit 1', performance.now() + PING_TIMEOUT_MS)),
    async close() {
      await Promise.all([repair.settle(), progress.settle()]);
      influx.close();
    },
  };
}
