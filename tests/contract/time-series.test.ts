// The TimeSeries contract over Postgres, and what Postgres promises beyond it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GlucoseReading } from '../../domain/reading.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { openPool } from '../../storage/database.ts';
import { ReadingContended, type StoredReading } from '../../storage/ports/time-series.ts';
import { identityKey } from '../../storage/readings/identity-key.ts';
import { ensureMonthPartitions } from '../../storage/readings/month-partitions.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { openEngineLine } from './engine-line.ts';
import { describeTimeSeries } from './time-series.contract.ts';

const NOW = Date.UTC(2026, 10, 22, 8);

/** A database of its own, with a line to it that can be cut. */
async function openPostgres() {
  const database = await createTestDatabase();
  const url = new URL(database.url);
  const line = await openEngineLine({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(line.port);
  const pool = openPool(url.href, { max: 3, applicationName: 'pulseward test' });
  return {
    series: createPostgresTimeSeries({ pool }),
    line,
    database,
    async close() {
      await pool.end();
      await line.close();
      await database.drop();
    },
  };
}

describeTimeSeries('Postgres', openPostgres);

describe('readings in Postgres, beyond the contract', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const reading = (deviceKey: number, at: number, value: number): GlucoseReading => ({
    kind: 'cgm',
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at,
    value,
    unit: 'mg/dL',
    flags: [],
  });
  const stored = (deviceKey: number, at: number, value: number, revision = 0): StoredReading => ({
    reading: reading(deviceKey, at, value),
    origin: { partition: 0, seq: revision, index: 0 },
    revision,
  });

  it('does not let a worker that was stopped for a while undo a correction made meanwhile', async () => {
    const series = createPostgresTimeSeries({ pool: database.pool });
    await series.write([stored(1, NOW, 90, 1)], []);
    await expect(series.write([stored(1, NOW, 100, 0)], [])).rejects.toThrow(ReadingContended);
    const [kept] = await series.read(
      [{ deviceKey: 1, fromAt: NOW, toAt: NOW + 1, clockAheadMs: 0, clockBehindMs: 0 }],
      ['cgm'],
    );
    expect(kept).toEqual(expect.objectContaining({ revision: 1, reading: expect.objectContaining({ value: 90 }) }));
  });

  it('tells whoever takes a reading for new that another worker has stored it, and keeps the rest', async () => {
    const series = createPostgresTimeSeries({ pool: database.pool });
    const mine = { ...stored(3, NOW, 100), origin: { partition: 5, seq: 9, index: 0 } };
    await series.write([stored(3, NOW, 100)], []);
    await expect(series.write([mine, stored(3, NOW + 1, 101)], [])).rejects.toThrow(ReadingContended);
    const known = await series.find([mine.reading, reading(3, NOW + 1, 101)]);
    expect([...known.values()].map(({ current }) => current)).toEqual([stored(3, NOW, 100), stored(3, NOW + 1, 101)]);
  });

  it('leaves the readings of a month that came before it was foreseen where they are, and goes on with them there', async () => {
    const series = createPostgresTimeSeries({ pool: database.pool });
    const unforeseen = NOW + 400 * 24 * 3_600_000;
    await series.write([stored(2, unforeseen, 100), stored(2, Date.UTC(2020, 1, 1), 101)], []);
    const made = await ensureMonthPartitions(database.pool, unforeseen);
    expect(made).toEqual(['readings_2027_10', 'readings_2027_11', 'readings_2028_01', 'readings_2028_02']);
    expect(await ensureMonthPartitions(database.pool, unforeseen)).toEqual([]);
    await series.write([stored(2, unforeseen + 1, 102)], []);
    const spans = [{ deviceKey: 2, fromAt: 0, toAt: unforeseen + 2, clockAheadMs: 0, clockBehindMs: 0 }];
    expect(await series.read(spans, ['cgm'])).toHaveLength(3);
  });

  it('fails in time where it has to make the months first and can not, and makes them before anything is written', async () => {
    const { series, line, database: own, close } = await openPostgres();
    try {
      const now = Date.now();
      line.block();
      const startedAt = performance.now();
      await expect(series.write([stored(1, now, 100)], [])).rejects.toThrow(TemporaryFailure);
      expect(performance.now() - startedAt).toBeLessThan(series.writeTimeoutMs + 1_500);
      line.cut();
      await expect(series.write([stored(1, now, 100)], [])).rejects.toThrow(TemporaryFailure);
      line.mend();
      await expect
        .poll(() =>
          series.write([stored(1, now, 100)], []).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      const { rows } = await own.pool.query('select tableoid::regclass::text as name from readings');
      expect(rows).toEqual([{ name: `readings_${new Date(now).toISOString().slice(0, 7).replace('-', '_')}` }]);
    } finally {
      line.mend();
      await close();
    }
  });

  it('makes the months once when two processes want them at the same moment', async () => {
    const later = NOW + 200 * 24 * 3_600_000;
    const made = await Promise.all([
      ensureMonthPartitions(database.pool, later),
      ensureMonthPartitions(database.pool, later),
    ]);
    expect(made.flat().sort()).toEqual([...new Set(made.flat())].sort());
  });

  const spanAround = (deviceKey: number, at: number) => [
    { deviceKey, fromAt: at, toAt: at + 1, clockAheadMs: 0, clockBehindMs: 0 },
  ];
  const waiting = async () =>
    (
      await database.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
    ).rowCount;

  it('finds a value and what it replaced as they were at one moment', async () => {
    const series = createPostgresTimeSeries({ pool: database.pool });
    const first = stored(3, NOW, 100);
    await series.write([first], []);
    const correcting = await database.pool.connect();
    try {
      await correcting.query('begin');
      await correcting.query('lock table readings in access exclusive mode');
      const finding = series.find([first.reading]);
      await expect.poll(waiting).toBe(1);
      await correcting.query(
        `insert into reading_audit select *, 0, 'corrected', null from readings where device_key = 3`,
      );
      await correcting.query('update readings set value = 90, revision = 1 where device_key = 3');
      await correcting.query('commit');
      const known = (await finding).get(identityKey(first.reading));
      expect([known?.current, ...(known?.previous ?? [])].map((value) => value?.revision)).toEqual([1, 0]);
    } finally {
      correcting.release();
    }
  });

  it('misses no reading while its month is being made', async () => {
    const series = createPostgresTimeSeries({ pool: database.pool });
    const at = Date.UTC(2031, 3, 15);
    const early = stored(4, at, 100);
    await series.write([early], []);
    const blocking = await database.pool.connect();
    try {
      // The last of the months wanted then: whoever makes them waits here with the others made and not committed.
      await blocking.query('begin');
      await blocking.query('create table readings_2031_06 ()');
      const making = ensureMonthPartitions(database.pool, at);
      await expect.poll(waiting).toBe(1);
      const [finding, reading] = [series.find([early.reading]), series.read(spanAround(4, at), ['cgm'])];
      await expect.poll(waiting).toBe(3);
      await blocking.query('rollback');
      await making;
      expect((await finding).get(identityKey(early.reading))?.current).toEqual(early);
      expect(await reading).toEqual([early]);
    } finally {
      blocking.release();
    }
  });
});
