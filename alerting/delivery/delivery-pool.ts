// Begins to deliver what was just planned, in the process that planned it. Measured per alert: a job for each first attempt doubles what
// the queue costs (3.3 ms of Postgres) and adds its latency. What there is no room for, and every retry, goes through the queue.
// Promise: bounded; what fails here, or is cut off by a stop, is due again in its log.
import type { Log } from '../../runtime/log.ts';
import type { AlertingCounters } from '../alerting-counters.ts';

/** A delivery holds no connection while it waits for its receiver, so hanging receivers must not use up the places. */
const AT_ONCE = 64;

export interface DeliveryPool {
  /** Begins as many as it has room for, in order, and answers the others. */
  begin(notificationIds: readonly string[]): readonly string[];
  /** Begins nothing more, and waits for what runs. */
  drain(withinMs: number): Promise<void>;
}

export interface DeliveryPoolDeps {
  readonly deliver: (notificationId: string) => Promise<unknown>;
  readonly log: Log;
  readonly counters: AlertingCounters;
}

export function createDeliveryPool({ deliver, log, counters }: DeliveryPoolDeps): DeliveryPool {
  const running = new Set<Promise<void>>();
  let draining = false;

  async function run(notificationId: string): Promise<void> {
    try {
      await deliver(notificationId);
    } catch (err) {
      counters.loops.inc({ loop: 'delivery' });
      log.warn({ err, notificationId }, 'a delivery was interrupted, it is due again in a few seconds');
    }
  }

  return {
    begin(notificationIds) {
      const room = draining ? 0 : Math.max(0, AT_ONCE - running.size);
      for (const notificationId of notificationIds.slice(0, room)) {
        const delivery = run(notificationId).finally(() => running.delete(delivery));
        running.add(delivery);
      }
      return notificationIds.slice(room);
    },
    async drain(withinMs) {
      draining = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs);
      });
      await Promise.race([Promise.all(running), late]);
      clearTimeout(timer);
    },
  };
}
