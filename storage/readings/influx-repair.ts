// Writes points again that lag behind their rows: a worker that was stopped for a while has overwritten them, or InfluxDB was away when
// the row was written. Nobody waits for it: readers see the row; it is for whoever queries the bucket.
import type { Pool } from 'pg';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { inTransaction } from '../in-transaction.ts';
import type { StoredReading } from '../ports/time-series.ts';
import { lockReadings, type SelectedRow } from './find-readings.ts';
import { againstPostgres } from './postgres-failure.ts';

export interface Repair {
  /** One at a time: what comes meanwhile is found again by the next who reads it. */
  begin(behind: readonly StoredReading[]): void;
  /** Resolves when nothing is under way. */
  settle(): Promise<void>;
}

export interface RepairDeps {
  readonly pool: Pool;
  readonly writePoints: (readings: readonly StoredReading[]) => Promise<void>;
  readonly log: Log;
}

export function createRepair({ pool, writePoints, log }: RepairDeps): Repair {
  let underWay: Promise<void> | undefined;

  async function repair(behind: readonly StoredReading[]): Promise<void> {
    try {
      // Under a lock of the rows: what is being erased is not written again, nor an older value than the row has by then.
      const repaired = await againstPostgres(() =>
        inTransaction(pool, async (tx) => {
          const known = await lockReadings(
            (query) => tx.query<SelectedRow>({ ...query, rowMode: 'array' }),
            behind.map(({ reading }) => reading),
          );
          await writePoints([...known.values()].map(({ current }) => current));
          return known.size;
        }),
      );
      log.warn({ repaired }, 'readings in InfluxDB lagged behind their corrections and were written again');
    } catch (err) {
      // Passing: whoever reads it next tries again.
      if (!(err instanceof TemporaryFailure)) log.warn({ err }, 'corrected readings could not be written again');
    }
  }

  return {
    begin(behind) {
      if (behind.length === 0 || underWay !== undefined) return;
      underWay = repair(behind).finally(() => {
        underWay = undefined;
      });
    },
    settle: async () => underWay,
  };
}
