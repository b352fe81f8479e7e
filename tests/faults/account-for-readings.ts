// The books after a crash: every acknowledged reading stored once, every item with one fate, nothing open twice.
import { expect } from 'vitest';
import { openDatabase, type RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';

export async function accountForReadings(system: RunningSystem, acknowledged: ReadonlySet<string>): Promise<void> {
  const database = await openDatabase(system);
  try {
    await until('ingest has caught up', 60_000, async () => {
      const { rows } = await database.query(
        `select 1 from journal_records r join journal_partitions o using (partition) where r.seq > o.seq limit 1`,
      );
      return rows.length === 0;
    });
    const { rows: stored } = await database.query(
      `select d.device_id || ' ' || r.at identity, count(*)::int times from readings r join devices d using (device_key) group by 1`,
    );
    const times = new Map<string, number>(stored.map((row) => [row.identity, row.times]));
    const lost = [...acknowledged].filter((identity) => !times.has(identity));
    expect(lost, 'acknowledged and not stored').toEqual([]);
    expect(
      [...times.values()].filter((count) => count !== 1),
      'stored more than once',
    ).toEqual([]);

    const { rows: sums } = await database.query(
      `select sum(received)::int received, sum(accepted)::int accepted, sum(duplicate)::int duplicate, sum(corrected)::int corrected,
              sum(rejected)::int rejected from record_counts`,
    );
    const { received, accepted, duplicate, corrected, rejected } = sums[0];
    expect(accepted + duplicate + corrected + rejected, 'every item has one fate').toBe(received);
    expect(accepted, 'accepted = stored').toBe(times.size);

    const { rows: unclosed } = await database.query(
      `select patient_key from alerts where state in ('open', 'acknowledged', 'snoozed')
       group by patient_key, condition, direction having count(*) > 1`,
    );
    expect(unclosed, 'alerts open twice').toEqual([]);
  } finally {
    await database.end();
  }
}
