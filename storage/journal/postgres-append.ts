// The one statement that appends: it locks and raises the head row and inserts every record of the commit with the numbers it got.
import type { Pool } from 'pg';
import type { NewRecord } from '../ports/journal.ts';
import { asJournalOutage } from './journal-outage.ts';

// A server that is stopped or behind a dead link answers nothing: this ends the wait, and the caller tries again.
const APPEND_TIMEOUT_MS = 8_000;
const CHECK_VIOLATION = '23514';
/** Statements are prepared per number of records; commits of more are planned each time. */
const MAX_PREPARED_RECORDS = 32;

const statements = new Map<number, string>();

/** In one commit, in the order given. Throws TemporaryFailure `journal_unavailable` when the outcome is unknown or nothing was written. */
export async function appendToPostgres(pool: Pool, records: readonly NewRecord[], totalBytes: number): Promise<void> {
  const values: unknown[] = [records.length, totalBytes];
  let bytesBefore = 0;
  for (const { partition, messageCount, bytes } of records) {
    values.push(partition, messageCount, bytesBefore, bytes);
    bytesBefore += bytes.length;
  }
  const name = records.length <= MAX_PREPARED_RECORDS ? `journal-append-${records.length}` : undefined;
  const query = {
    ...(name ? { name } : {}),
    text: statementFor(records.length),
    values,
    query_timeout: APPEND_TIMEOUT_MS,
  };
  try {
    // The pool closes a connection whose query failed: after a time-out the statement may still be running there.
    await pool.query(query).catch((error) => {
      // The default table was chosen, and before its lock was granted somebody attached the table of this very hour.
      if (error.code === CHECK_VIOLATION) return pool.query(query);
      throw error;
    });
  } catch (error) {
    throw asJournalOutage(error);
  }
}

function statementFor(count: number): string {
  const known = statements.get(count);
  if (known) return known;
  const rows = Array.from({ length: count }, (_, index) => {
    const first = 3 + index * 4;
    return `(${index + 1}, $${first}::smallint, $${first + 1}::int, $${first + 2}::int8, $${first + 3}::bytea)`;
  });
  // The clock is read after the head row's lock was granted, and never falls: order by time and by seq are the same.
  const text = `with head as (
      update journal_head set seq = seq + $1, total_bytes = total_bytes + $2,
        appended_at = greatest(appended_at, (extract(epoch from clock_timestamp()) * 1000)::int8)
      returning seq - $1 as base, total_bytes - $2 as total_bytes, appended_at)
    insert into journal_records (partition, seq, appended_at, message_count, bytes_before, bytes)
    select r.partition, head.base + r.position, head.appended_at, r.message_count, head.total_bytes + r.bytes_before, r.bytes
    from head, (values ${rows.join(', ')}) as r (position, partition, message_count, bytes_before, bytes)`;
  if (count <= MAX_PREPARED_RECORDS) statements.set(count, text);
  return text;
}
