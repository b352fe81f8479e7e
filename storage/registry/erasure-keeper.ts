// Sees to it that an erasure which a crash or an engine's absence cut short is finished: at start, and now and then.
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { againstPostgres } from '../readings/postgres-failure.ts';
import { type ErasePatientDeps, finishErasures } from './erase-patient.ts';

const EVERY_MS = 60_000;

export interface ErasureKeeper {
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface ErasureKeeperDeps extends ErasePatientDeps {
  readonly log: Log;
  /** Default a minute. */
  readonly everyMs?: number;
}

export function createErasureKeeper({ log, everyMs = EVERY_MS, ...deps }: ErasureKeeperDeps): ErasureKeeper {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = true;
  let isFailing = false;

  async function finish(): Promise<void> {
    try {
      await againstPostgres(() => finishErasures(deps));
      isFailing = false;
    } catch (err) {
      const isPassing = err instanceof TemporaryFailure;
      if (!isPassing) log.error({ err }, 'a patient who was to be erased is not erased wholly');
      else if (!isFailing) log.warn({ err }, 'a patient is not erased wholly yet, trying again');
      isFailing = isPassing;
    }
  }

  function run(): void {
    running = finish().finally(() => {
      running = undefined;
      if (!isStopped) timer = setTimeout(run, everyMs);
    });
  }

  return {
    start() {
      if (!isStopped) return;
      isStopped = false;
      run();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
