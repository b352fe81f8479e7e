// Whether everything the installation depends on answers: for /readyz when it is asked, and every 5 s for Prometheus.
import { TemporaryFailure } from '../runtime/errors.ts';
import type { Storage } from '../storage/open-storage.ts';
import { createReadinessGauges } from './dashboards-counters.ts';
import type { DashboardsServices } from './services.ts';

const ANSWER_WITHIN_MS = 2_000;
const MEASURE_EVERY_MS = 5_000;

export interface DependencyState {
  readonly name: string;
  readonly ready: boolean;
  readonly detail?: string | undefined;
}

export interface Readiness {
  /** Each dependency by name, within 2 s; never rejects. */
  measure(): Promise<DependencyState[]>;
  /** Measures again and again for the gauges. */
  start(): void;
  stop(): void;
}

/** Resolves with what is worth saying; rejects where it isn't ready. */
type Check = () => Promise<string | undefined>;

export interface ReadinessDeps extends Pick<DashboardsServices, 'peers' | 'counters'> {
  readonly storage: Pick<Storage, 'redis' | 'influx'> & {
    readonly pool: { query(sql: string): Promise<unknown> };
    readonly journal: Pick<Storage['journal'], 'heads'>;
    readonly jobQueue: Pick<Storage['jobQueue'], 'ping'>;
  };
}

export function createReadiness({ storage, peers, counters }: ReadinessDeps): Readiness {
  const gauges = createReadinessGauges(counters);
  let timer: NodeJS.Timeout | undefined;

  const checks: readonly (readonly [string, Check])[] = [
    ['database', async () => void (await storage.pool.query('select 1'))],
    [
      'journal',
      async () => {
        const { unconsumedBytes, maxUnconsumedBytes, refusal } = await storage.journal.heads();
        gauges.unconsumedBytes.set(unconsumedBytes);
        gauges.limitBytes.set(maxUnconsumedBytes);
        const detail = `${unconsumedBytes} of at most ${maxUnconsumedBytes} bytes wait for ingest`;
        if (refusal !== undefined) throw new NotReady(`${detail}; ${refusal}`);
        return detail;
      },
    ],
    ['queue', async () => void (await storage.jobQueue.ping())],
    ...(storage.redis ? [['redis', async () => void (await storage.redis?.ping())] as const] : []),
    ...(storage.influx ? [['influxdb', async () => void (await storage.influx?.ping())] as const] : []),
    [
      'roles',
      async () => {
        const statuses = await peers.statuses();
        const away = statuses.filter(({ state }) => state !== 'ready');
        if (away.length > 0) throw new NotReady(away.map(({ role, state }) => `${role} is ${state}`).join(', '));
        return statuses.map(({ role }) => role).join(', ');
      },
    ],
  ];

  async function measure(): Promise<DependencyState[]> {
    const states = await Promise.all(checks.map(([name, check]) => ask(name, check)));
    for (const { name, ready } of states) gauges.ready.set({ dependency: name }, ready ? 1 : 0);
    return states;
  }

  return {
    measure,
    start() {
      // Bounded by the time for an answer, which is shorter: no two rounds overlap.
      timer ??= setInterval(measure, MEASURE_EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** Why something isn't ready, in words that may leave the process. */
class NotReady extends Error {
  override readonly name = 'NotReady';
}

async function ask(name: string, check: Check): Promise<DependencyState> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(
    () => timer.reject(new NotReady(`no answer within ${ANSWER_WITHIN_MS} ms`)),
    ANSWER_WITHIN_MS,
  );
  try {
    const detail = await Promise.race([check(), timer.promise]);
    return { name, ready: true, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    // What a driver says may hold addresses: it stays inside. A TemporaryFailure is in our own words.
    const isOurs = error instanceof NotReady || error instanceof TemporaryFailure;
    return { name, ready: false, detail: isOurs ? error.message : 'does not answer' };
  } finally {
    clearTimeout(timeout);
  }
}
