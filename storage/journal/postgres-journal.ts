// The journal on Postgres: appends in one order, reads that skip nothing, and the limits of what may pile up.
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Journal, NewRecord } from '../ports/journal.ts';
import { inOrder } from './in-order.ts';
import { checkPostgresDurability } from './journal-durability.ts';
import { dropHours, type JournalRetention, makeHoursAhead, storedJournalBytes } from './journal-hours.ts';
import { asJournalOutage } from './journal-outage.ts';
import { appendToPostgres } from './postgres-append.ts';
import { createPostgresReader } from './postgres-read.ts';
import { createUnconsumedMeter } from './unconsumed-meter.ts';

const HOUR_MS = 3_600_000;
const RETRY_HOURS_MS = 60_000;
const FIRST_HOURS_TIMEOUT_MS = 2_000;
const MEASURE_TIMEOUT_MS = 8_000;
const GIB = 1024 ** 3;

export const POSTGRES_RETENTION: JournalRetention = { keepMs: 72 * HOUR_MS, maxBytes: 10 * GIB };
/** Ten days of 10,000 CGM patients whose readings nobody consumes; above it the journal takes no more. */
export const MAX_UNCONSUMED_BYTES = 10 * GIB;

export interface PostgresJournalDeps {
  /** An append and a read each use one connection at a time. */
  readonly pool: Pool;
  readonly retention?: JournalRetention | undefined;
  readonly maxUnconsumedBytes?: number | undefined;
}

export function createPostgresJournal(deps: PostgresJournalDeps): Journal {
  const { pool, retention = POSTGRES_RETENTION, maxUnconsumedBytes = MAX_UNCONSUMED_BYTES } = deps;
  const reader = createPostgresReader(pool);
  const unconsumed = createUnconsumedMeter({
    measure: () => measureUnconsumed(pool),
    maxBytes: () => maxUnconsumedBytes,
  });
  let makeHoursAt = Number.NEGATIVE_INFINITY;

  /** Awaited the first time only, and never a reason to fail: the default table serves as well, and a later append tries again. */
  async function makeHoursWhenDue(): Promise<void> {
    const now = performance.now();
    if (now < makeHoursAt) return;
    const first = makeHoursAt < 0;
    makeHoursAt = now + HOUR_MS;
    const making = makeHoursAhead(pool).catch(() => {
      makeHoursAt = now + RETRY_HOURS_MS;
    });
    if (first) await Promise.race([making, delay(FIRST_HOURS_TIMEOUT_MS, undefined, { ref: false })]);
  }

  async function append(records: readonly NewRecord[]): Promise<void> {
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
    await unconsumed.admit(bytes);
    await makeHoursWhenDue();
    await appendToPostgres(pool, records, bytes);
  }

  return {
    append: inOrder(append),
    read: (after, maxBytes) => reader.read(after, maxBytes),
    async heads() {
      try {
        const { rows } = await pool.query<{ partition: number; seq: number }>(
          'select partition, coalesce(newest_seq, 0)::int8 as seq from measure_journal() order by partition',
        );
        const unconsumedBytes = await unconsumed.read();
        return {
          heads: rows.map(({ partition, seq }) => ({ partition, seq: Number(seq) })),
          unconsumedBytes,
          maxUnconsumedBytes,
          storedBytes: await storedJournalBytes(pool),
          refusal: unconsumed.refusalAt(unconsumedBytes),
        };
      } catch (error) {
        throw asJournalOutage(error);
      }
    },
    async trim(committed) {
      try {
        await dropHours(pool, committed, retention);
      } catch (error) {
        throw asJournalOutage(error);
      }
    },
    checkDurability: () => checkPostgresDurability(pool),
  };
}

async function measureUnconsumed(pool: Pool): Promise<number> {
  const query = {
    text: `select coalesce(h.total_bytes - (select min(unconsumed_from) from measure_journal()), 0)::int8 as bytes from journal_head h`,
    query_timeout: MEASURE_TIMEOUT_MS,
  };
  try {
    const { rows } = await pool.query<{ bytes: number }>(query);
    return Number(rows[0]?.bytes ?? 0);
  } catch (error) {
    throw asJournalOutage(error);
  }
}
