// Pulseward under load, seen from outside and alike on every engine: CPU by process, what is stored, what was evaluated.
import type pg from 'pg';
import type { Engines } from '../system/deployment.ts';
import type { RunningSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import type { LoadedSystem } from './loaded-system.ts';
import { processUse, treeCpuSeconds } from './process-cpu.ts';

const ROLES = ['broker', 'ingest', 'alerting', 'dashboards'] as const;

export interface MeasuredSystem extends LoadedSystem {
  readonly judgement: NonNullable<LoadedSystem['judgement']>;
  brokerBytes(): number;
  /** Resolves when what follows from registering a fleet is done (its patients' risks are judged for the first time). */
  settled(): Promise<void>;
  /** Resolves when every day that readings have touched is summed up. */
  quiet(): Promise<void>;
}

export async function measureSystem(
  system: RunningSystem,
  { redis, influx }: Engines,
  database: pg.Client,
): Promise<MeasuredSystem> {
  const pids = new Map<string, number>();
  for (const role of ROLES) pids.set(role, await system.rolePid(role));
  const redisPid = /process_id:(\d+)/.exec((await redis?.client.info('server')) ?? '')?.[1];
  if (redisPid !== undefined) pids.set('redis', Number(redisPid));
  // That of INFLUX_URL has its processes elsewhere.
  const influxPid = influx?.pid();
  if (influxPid !== undefined) pids.set('influxd', influxPid);
  const postmaster = await system.postmasterPid();

  const holds = async (condition: string): Promise<boolean> => {
    const { rows } = await database.query<{ holds: boolean }>(`select ${condition} as holds`);
    return rows[0]?.holds === true;
  };
  return {
    mqttPort: system.mqttPort,
    cpu: () => {
      const ofProcess = [...pids].map(([part, pid]) => [part, processUse(pid)?.cpuSeconds ?? Number.NaN] as const);
      return { ...Object.fromEntries(ofProcess), postgres: treeCpuSeconds(postmaster) };
    },
    brokerBytes: () => processUse(pids.get('broker')!)?.residentBytes ?? Number.NaN,
    stored: async () => {
      const { rows } = await database.query(
        'select coalesce(sum(accepted), 0)::bigint::text stored from record_counts',
      );
      return Number(rows[0].stored);
    },
    judgement: {
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
    },
    settled: () =>
      until('every patient has been judged once', 300_000, () =>
        holds('(select count(*) from patients) = (select count(*) from patient_risks)'),
      ).then(() => undefined),
    quiet: () =>
      until('every day is summed up', 300_000, () => holds('not exists (select from dirty_days)'), 500).then(
        () => undefined,
      ),
    caughtUp: async () => {
      const startedAt = performance.now();
      await until('ingest has caught up', 300_000, () => isConsumed(system.httpUrl), 100);
      return (performance.now() - startedAt) / 1000;
    },
  };
}

/** By what `/readyz` says of the journal, whichever engine it is on. Late to answer is not yet. */
async function isConsumed(httpUrl: string): Promise<boolean> {
  const answer = await fetch(`${httpUrl}/readyz`);
  const { dependencies } = (await answer.json()) as { dependencies: { name: string; detail?: string }[] };
  return dependencies.some(({ name, detail }) => name === 'journal' && detail?.startsWith('0 of ') === true);
}
