// The books after a crash: every acknowledged reading stored once with the value that counts, every item with one fate, as many of
// each fate as were acknowledged.
import { expect } from 'vitest';
import type { InfluxSettings } from '../../storage/readings/influx-connection.ts';
import { openDatabase, type RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import type { ReadingLedger } from './reading-ledger.ts';
import { readStoredValues } from './stored-values.ts';

export interface AccountingOptions {
  /** An append whose answer was lost is repeated by the broker, with all of its messages. */
  readonly recordsMayRepeat?: boolean;
  /** Where the system has its readings in InfluxDB. */
  readonly influx?: InfluxSettings;
}

/** @param ledger of everything that the system was ever sent */
export async function accountForReadings(
  system: RunningSystem,
  ledger: ReadingLedger,
  { recordsMayRepeat = false, influx }: AccountingOptions = {},
): Promise<void> {
  const database = await openDatabase(system);
  try {
    await until('ingest has caught up', 60_000, () => isConsumed(system));
    const found = await readStoredValues(system, influx);
    const wrong = [...ledger.values]
      .map(([identity, value]) => ({ identity, acknowledged: value, stored: found.get(identity) ?? [] }))
      .filter(({ acknowledged, stored: [value, ...more] }) => value !== acknowledged || more.length > 0);
    expect(wrong, 'acknowledged, and not stored once with the value that counts').toEqual([]);
    expect(found.size, 'stored and never acknowledged').toBe(ledger.values.size);

    const { rows: sums } = await database.query(
      `select sum(received)::int received, sum(accepted)::int accepted, sum(duplicate)::int duplicate, sum(corrected)::int corrected,
              sum(rejected)::int rejected, (select count(*)::int from rejections) "keptRejections",
              (select count(*)::int from reading_audit) audited from record_counts`,
    );
    const { received, accepted, duplicate, corrected, rejected, keptRejections, audited } = sums[0];
    const { acknowledged } = ledger;
    const acknowledgedItems = Object.values(acknowledged).reduce((sum, count) => sum + count, 0);
    expect(accepted + duplicate + corrected + rejected, 'every item has one fate').toBe(received);
    // A message whose acknowledgement was lost is sent again: what exceeds the acknowledged are such repetitions, and no more of them.
    expect(received, 'items received').toBeGreaterThanOrEqual(acknowledgedItems);
    if (!recordsMayRepeat) expect(received, 'items received').toBeLessThanOrEqual(ledger.transmitted());
    expect(accepted, 'items accepted').toBe(acknowledged.new);
    expect(corrected, 'items corrected').toBe(acknowledged.corrected);
    expect(duplicate, 'duplicates').toBeGreaterThanOrEqual(acknowledged.again);
    expect(rejected, 'items rejected').toBeGreaterThanOrEqual(acknowledged.rejected);
    expect(keptRejections, 'rejections are kept').toBe(rejected);
    expect(audited, 'corrected values are kept').toBe(corrected);
  } finally {
    await database.end();
  }
}

/** Whatever engine the journal is on. */
async function isConsumed(system: RunningSystem): Promise<boolean> {
  const readiness = await fetch(`${system.httpUrl}/readyz`);
  const { dependencies } = (await readiness.json()) as { dependencies: { name: string; detail?: string }[] };
  return dependencies.find(({ name }) => name === 'journal')?.detail?.startsWith('0 of ') ?? false;
}
