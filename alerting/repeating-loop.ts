// A round of work at a steady pace: at once, then again a while after the last round has ended, sooner where it left something undone. A
// round that fails is counted, and logged when it fails differently from the one before; it never ends the loop.
import type { Log } from '../runtime/log.ts';
import type { AlertingCounters, LoopName } from './alerting-counters.ts';
import { isPassing } from './is-passing.ts';

const SOON_MS = 50;

export interface RepeatingLoop {
  /** Returns at once: the first round may find what has piled up for hours. */
  start(): void;
  /** Waits for the round that runs. */
  stop(): Promise<void>;
}

export interface RepeatingLoopDeps {
  readonly name: LoopName;
  readonly everyMs: number;
  /** Answers true where there is more to do. */
  readonly round: () => Promise<boolean>;
  readonly log: Log;
  readonly counters: AlertingCounters;
}

export function createRepeatingLoop({ name, everyMs, round, log, counters }: RepeatingLoopDeps): RepeatingLoop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let lastFailure: string | undefined;

  async function turn(): Promise<void> {
    let hasMore = false;
    try {
      hasMore = await round();
      lastFailure = undefined;
    } catch (error) {
      counters.loops.inc({ loop: name });
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== lastFailure) report(error);
      lastFailure = failure;
    }
    if (!stopped) timer = setTimeout(next, hasMore ? SOON_MS : everyMs);
  }
  function next(): void {
    running = turn();
  }

  function report(error: unknown): void {
    if (isPassing(error)) log.warn({ err: error, loop: name }, 'a round failed, trying again');
    else log.error({ err: error, loop: name }, 'a round failed for a reason that should not occur, trying again');
  }

  return {
    start: next,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
