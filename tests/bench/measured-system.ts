// The system under load, seen from outside: CPU by process, what is stored, what was evaluated.
import type pg from 'pg';
import type { RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { processUse, treeCpuSeconds } from './process-cpu.ts';

export const PARTS = ['broker', 'ingest', 'alerting', 'dashboards', 'postgres'] as const;
export type Part = (typeof PARTS)[number];
export type CpuByPart = Readonly<Record<Part, number>>;

export interface MeasuredSystem {
  /** CPU seconds since each process started. */
  cpu(): CpuByPart;
  residentBytes(part: 'broker' | 'ingest'): number;
  /** Rows in `readings`, by the counts that ingest keeps with its offsets. */
  stored(): Promise<number>;
  /** The evaluated counter of `/metrics`. */
  evaluated(): Promise<number>;
  /** Episodes first seen and alerts opened from an instant (epoch ms) on. */
  openedSince(since: number): Promise<{ readonly episodes: number; readonly alerts: number }>;
  /** Resolves when what follows from registering a fleet is done (its patients' risks are judged for the first time). */
  settled(): Promise<void>;
  /** Resolves when ingest has consumed what was appended, with how long that took. */
  caughtUp(): Promise<number>;
}

export async function measureSystem(system: RunningSystem, database: pg.Client): Promise<MeasuredSystem> {
  const pids = new Map<Part, number>();
  for (const role of PARTS.slice(0, 4)) pids.set(role, await system.rolePid(role));
  const postmaster = await system.postmasterPid();
  const cpuOf = (part: Part): number =>
    part === 'postgres' ? treeCpuSeconds(postmaster) : (processUse(pids.get(part) as number)?.cpuSeconds ?? Number.NaN);
  return {
    cpu: () => Object.fromEntries(PARTS.map((part) => [part, cpuOf(part)])) as Record<Part, number>,
    residentBytes: (part) => processUse(pids.get(part) as number)?.residentBytes ?? Number.NaN,
    stored: async () => {
      const { rows } = await database.query(
        'select coalesce(sum(accepted), 0)::bigint::text stored from record_counts',
      );
      return Number(rows[0].stored);
    },
    evaluated: async () => {
      const text = await (await fetch(`${system.httpUrl}/metrics`)).text();
      const line = /^pulseward_ingest_readings_evaluated_total(?:\{[^}]*\})? ([\d.e+]+)/m.exec(text);
      return line ? Number(line[1]) : Number.NaN;
    },
    openedSince: async (since) => {
      const { rows } = await database.query(
        `select (select count(*)::int from episodes where first_seen_at >= $1) as episodes,
           (select count(*)::int from alerts where opened_at >= $1) as alerts`,
        [since],
      );
      return rows[0];
    },
    settled: async () => {
      await until('every patient has been judged once', 300_000, async () => {
        const { rows } = await database.query(
          'select (select count(*) from patients) = (select count(*) from patient_risks) as all_judged',
        );
        return rows[0].all_judged === true;
      });
    },
    caughtUp: async () => {
      const startedAt = performance.now();
      await until('ingest has caught up', 300_000, async () => {
        const { rows } = await database.query(
          'select 1 from journal_records r join journal_partitions o using (partition) where r.seq > o.seq limit 1',
        );
        return rows.length === 0;
      });
      return (performance.now() - startedAt) / 1000;
    },
  };
}

export function cpuPerReading(before: CpuByPart, after: CpuByPart, readings: number): Readonly<Record<Part, number>> {
  return Object.fromEntries(PARTS.map((part) => [part, ((after[part] - before[part]) * 1e6) / readings])) as Record<
    Part,
    number
  >;
}
