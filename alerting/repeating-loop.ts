// A round of work at a steady pace: at once, then again a while after the last round has ended. A round that fails is counted and logged
// once, until one succeeds again; it never ends the loop.
import type { Log } from '../runtime/log.ts';
import type { AlertingCounters } from './alerting-counters.ts';

export interface RepeatingLoop {
  /** Resolves after the first round. */
  start(): Promise<void>;
  /** Waits for the round that runs. */
  stop(): Promise<void>;
}

export interface RepeatingLoopDeps {
  readonly name: string;
  readonly everyMs: number;
  readonly round: () => Promise<void>;
  readonly log: Log;
  readonly counters: AlertingCounters;
}

export function createRepeatingLoop({ name, everyMs, round, log, counters }: RepeatingLoopDeps): RepeatingLoop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let failing = false;

  async function turn(): Promise<void> {
    try {
      await round();
      failing = false;
    } catch (error) {
      counters.loops.inc({ loop: name });
      if (!failing) log.warn({ err: error, loop: name }, 'a round failed, trying again');
      failing = true;
    }
    if (!stopped) timer = setTimeout(next, everyMs);
  }
  function next(): void {
    running = turn();
  }

  return {
    async start() {
      next();
      await running;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
