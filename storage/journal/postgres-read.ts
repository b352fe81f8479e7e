// Reading the journal of Postgres at the price of one look at the head row while there is nothing new. What it remembers between
// reads (up to where a partition is known to be empty, from when on its next record is) only saves work: any sequence may be asked for.
import type { Pool } from 'pg';
import type { JournalRecord } from '../ports/journal.ts';
import { asJournalOutage } from './journal-outage.ts';

/** Of read_journal in migration 0002. */
const MAX_RECORDS_PER_PARTITION = 256;
const READ_TIMEOUT_MS = 10_000;

interface Position {
  /** The record after which was read. */
  readonly seq: number;
  /** No later record of the partition was appended before (epoch ms): spares the tables of earlier hours. */
  readonly fromAt: number;
  /** No record of the partition lies above `seq` up to here. */
  readonly emptyUntil: number;
}

interface Row extends JournalRecord {
  readonly appendedAt: number;
}

export interface PostgresReader {
  read(after: ReadonlyMap<number, number>, maxBytes: number): Promise<JournalRecord[]>;
}

export function createPostgresReader(pool: Pool): PostgresReader {
  const positions = new Map<number, Position>();

  async function fromAtOf(partition: number, seq: number): Promise<number> {
    const known = positions.get(partition);
    if (known?.seq === seq) return known.fromAt;
    const { rows } = await pool.query<{ appended_at: number }>(
      'select appended_at from journal_records where partition = $1 and seq = $2',
      [partition, seq],
    );
    return Number(rows[0]?.appended_at ?? 0);
  }

  async function read(after: ReadonlyMap<number, number>, maxBytes: number): Promise<JournalRecord[]> {
    const head = await readHead(pool);
    const due = [...after].filter(([partition, seq]) => {
      const known = positions.get(partition);
      return !(known?.seq === seq && known.emptyUntil >= head.seq);
    });
    if (due.length === 0) return [];
    const fromAt = Math.min(...(await Promise.all(due.map(([partition, seq]) => fromAtOf(partition, seq)))));
    const share = Math.max(1, Math.floor(maxBytes / due.length));
    const rows = await readRows(pool, due, fromAt, head.appendedAt, share);
    for (const [partition, seq] of due) {
      const read = rows.filter((row) => row.partition === partition);
      const last = read.at(-1);
      const bytes = read.reduce((sum, row) => sum + row.bytes.length, 0);
      const exhausted = bytes < share && read.length < MAX_RECORDS_PER_PARTITION;
      positions.set(partition, {
        seq: last?.seq ?? seq,
        fromAt: exhausted ? head.appendedAt : (last?.appendedAt ?? fromAt),
        emptyUntil: exhausted ? head.seq : 0,
      });
    }
    return rows;
  }

  return {
    async read(after, maxBytes) {
      try {
        return await read(after, maxBytes);
      } catch (error) {
        throw asJournalOutage(error);
      }
    },
  };
}

/** Everything up to it is visible: it is raised in the statement that inserts, under a lock that is held until the commit. */
async function readHead(pool: Pool): Promise<{ seq: number; appendedAt: number }> {
  const query = {
    name: 'journal-head',
    text: 'select seq, appended_at from journal_head',
    query_timeout: READ_TIMEOUT_MS,
  };
  const { rows } = await pool.query<{ seq: number; appended_at: number }>(query);
  return { seq: Number(rows[0]?.seq ?? 0), appendedAt: Number(rows[0]?.appended_at ?? 0) };
}

async function readRows(
  pool: Pool,
  due: readonly (readonly [partition: number, seq: number])[],
  fromAt: number,
  toAt: number,
  share: number,
): Promise<Row[]> {
  const query = {
    name: 'journal-read',
    text: 'select * from read_journal($1, $2, $3, $4, $5)',
    values: [due.map(([partition]) => partition), due.map(([, seq]) => seq), fromAt, toAt, share],
    query_timeout: READ_TIMEOUT_MS,
  };
  const { rows } = await pool.query<{
    partition: number;
    seq: number;
    appended_at: number;
    message_count: number;
    bytes: Buffer;
  }>(query);
  return rows.map((row) => ({
    partition: row.partition,
    seq: Number(row.seq),
    appendedAt: Number(row.appended_at),
    messageCount: row.message_count,
    bytes: row.bytes,
  }));
}
