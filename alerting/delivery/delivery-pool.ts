// Delivers in the process that planned it or found it due: a job for each delivery doubled what an alert cost the queue (3.6 ms of
// Postgres), and nothing could be told without one. Promise: bounded, emergencies first, then critical lows, whose places nobody else takes; what fails here, finds no room, or is cut off by a
// stop, is due again in its log.

import type { Turn } from '../../domain/alerts/severity-order.ts';
import type { Log } from '../../runtime/log.ts';
import type { AlertingCounters } from '../alerting-counters.ts';

/** A delivery holds no connection while it waits for its receiver, so hanging receivers must not use up the places. */
const AT_ONCE = 96;
/** Besides, for critical lows and emergencies: the others may all hang. */
const FOR_LOWS = 16;
/** Besides both, for emergencies alone. */
const FOR_EMERGENCIES = 32;
const PLACES: Readonly<Record<Turn, number>> = {
  0: AT_ONCE,
  1: AT_ONCE,
  2: AT_ONCE + FOR_LOWS,
  3: AT_ONCE + FOR_LOWS + FOR_EMERGENCIES,
};
const IN_TURN = [3, 2, 1, 0] as const;
/** Of each turn. */
const WAITING_AT_MOST = 1_000;

export interface DueDelivery {
  readonly notificationId: string;
  readonly turn: Turn;
}

export interface DeliveryPool {
  /** Returns at once. Answers how many it has taken: those that run or wait already are not taken again. */
  begin(due: readonly DueDelivery[]): number;
  /** Begins nothing more, and waits for what runs. */
  drain(withinMs: number): Promise<void>;
}

export interface DeliveryPoolDeps {
  readonly deliver: (notificationId: string) => Promise<unknown>;
  readonly log: Log;
  readonly counters: AlertingCounters;
}

export function createDeliveryPool({ deliver, log, counters }: DeliveryPoolDeps): DeliveryPool {
  const running = new Map<string, Promise<void>>();
  const waiting: Readonly<Record<Turn, Set<string>>> = {
    0: new Set(),
    1: new Set(),
    2: new Set(),
    3: new Set(),
  };
  let draining = false;

  async function run(notificationId: string): Promise<void> {
    try {
      await deliver(notificationId);
    } catch (err) {
      counters.loops.inc({ loop: 'delivery' });
      log.warn({ err, notificationId }, 'a delivery was interrupted, it is due again in a few seconds');
    }
  }

  function fill(): void {
    while (!draining) {
      const turn = IN_TURN.find((each) => waiting[each].size > 0);
      if (turn === undefined || running.size >= PLACES[turn]) return;
      const [next] = waiting[turn];
      if (next === undefined) return;
      waiting[turn].delete(next);
      const delivery = run(next).finally(() => {
        running.delete(next);
        fill();
      });
      running.set(next, delivery);
    }
  }

  return {
    begin(due) {
      let taken = 0;
      for (const { notificationId, turn } of due) {
        const line = waiting[turn];
        const isTaken = running.has(notificationId) || line.has(notificationId);
        if (draining || isTaken || line.size >= WAITING_AT_MOST) continue;
        line.add(notificationId);
        taken++;
      }
      fill();
      return taken;
    },
    async drain(withinMs) {
      draining = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs);
      });
      await Promise.race([Promise.all(running.values()), late]);
      clearTimeout(timer);
    },
  };
}
