// The TimeSeries contract over Postgres, and what Postgres promises beyond it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GlucoseReading } from '../../domain/reading.ts';
import type { StoredReading } from '../../storage/ports/time-series.ts';
import { ensureMonthPartitions } from '../../storage/readings/month-partitions.ts';
import { createPostgresTimeSeries } from '../../storage/readings/postgres-time-series.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { describeTimeSeries } from './time-series.contract.ts';

const NOW = Date.UTC(2026, 10, 22, 8);

describeTimeSeries('Postgres', async () => {
  const database = await createTestDatabase();
  return { series: createPostgresTimeSeries({ pool: database.pool }), close: () => database.drop() };
});

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
    await series.write([stored(1, NOW, 100, 0)], []);
    const [kept] = await series.read(
      [{ deviceKey: 1, fromAt: NOW, toAt: NOW + 1, clockAheadMs: 0, clockBehindMs: 0 }],
      ['cgm'],
    );
    expect(kept).toEqual(expect.objectContaining({ revision: 1, reading: expect.objectContaining({ value: 90 }) }));
  });

  it('makes a month that readings came for before it was foreseen, and moves them there', async () => {
    const series = createPostgresTimeSeries({ pool: database.pool });
    const unforeseen = NOW + 400 * 24 * 3_600_000;
    await series.write([stored(2, unforeseen, 100), stored(2, Date.UTC(2020, 1, 1), 101)], []);
    expect(await ensureMonthPartitions(database.pool, unforeseen)).toContain('readings_2027_12');
    expect(await ensureMonthPartitions(database.pool, unforeseen)).toEqual([]);
    const { rows } = await database.pool.query(
      'select tableoid::regclass::text as name from readings where device_key = 2 order by at',
    );
    expect(rows.map(({ name }) => name)).toEqual(['readings_default', 'readings_2027_12']);
    await series.write([stored(2, unforeseen + 1, 102)], []);
    const spans = [{ deviceKey: 2, fromAt: 0, toAt: unforeseen + 2, clockAheadMs: 0, clockBehindMs: 0 }];
    expect(await series.read(spans, ['cgm'])).toHaveLength(3);
  });

  it('makes the months once when two processes want them at the same moment', async () => {
    const later = NOW + 200 * 24 * 3_600_000;
    const made = await Promise.all([
      ensureMonthPartitions(database.pool, later),
      ensureMonthPartitions(database.pool, later),
    ]);
    expect(made.flat().sort()).toEqual([...new Set(made.flat())].sort());
  });
});
