// One device at a patient's home: measures as time goes by and puts its readings into its outbox.
// Promise: memory stays bounded however long the line is down, because what isn't in the outbox yet can be measured again later.
import { DAY_MS } from '../traces/local-day.ts';
import type { Delivery } from './delivery.ts';
import type { LinkCounters } from './link-counters.ts';
import type { Letterbox } from './mqtt-link.ts';
import { createOutbox, type OutboxEntry } from './outbox.ts';
import type { ReadingSource } from './wire-reading.ts';

export interface VirtualDeviceDeps {
  readonly deviceId: string;
  readonly source: ReadingSource;
  readonly delivery: Delivery;
  readonly counters: LinkCounters;
  /** Epoch ms of its first reading's earliest possible time. */
  readonly startsAt: number;
}

export interface VirtualDevice {
  readonly letterbox: Letterbox;
  /** Measures up to the simulated instant `now`. */
  advance(now: number): void;
  /** Measures up to `until` and no further from now on; what it held back comes out then. */
  endAt(until: number): void;
  /** Readings and messages in its outbox. */
  waiting(): number;
  /** Everything measured up to `until`, and acknowledged. */
  isDone(until: number): boolean;
  /** Epoch ms: everything measured before it was acknowledged. */
  deliveredUntil(): number;
  /** What it could not measure yet because its outbox was full. */
  unmeasured(until: number): number;
}

/** Twice a message: the next one is ready when the first is acknowledged. */
const MOST_WAITING = 2_000;
/** Times are whole seconds, so looking more often finds nothing. */
const RESOLUTION_MS = 1_000;

export function createVirtualDevice(deps: VirtualDeviceDeps): VirtualDevice {
  const { deviceId, source, delivery, counters } = deps;
  const outbox = createOutbox();
  let measuredUntil = deps.startsAt;
  let deliveredUntil = deps.startsAt;
  let endsAt: number | undefined;

  const add = (entries: readonly OutboxEntry[]) => {
    counters.measured += entries.length;
    for (const entry of entries) outbox.add(entry);
  };

  const noteDelivery = () => {
    if (outbox.size() === 0) deliveredUntil = measuredUntil;
  };

  return {
    letterbox: {
      deviceId,
      outbox,
      status: () => ({ online: true, battery: 87, firmware: 'sim-1', sentAt: Date.now() }),
    },
    advance(now) {
      noteDelivery();
      const target = endsAt ?? now;
      if (endsAt === undefined && target - measuredUntil < RESOLUTION_MS) return;
      while (measuredUntil < target && outbox.size() < MOST_WAITING) {
        const until = Math.min(target, measuredUntil + DAY_MS);
        add(delivery.deliver(source(measuredUntil, until)));
        measuredUntil = until;
      }
      if (measuredUntil === endsAt) add(delivery.flush());
    },
    endAt(until) {
      endsAt = Math.max(until, measuredUntil);
    },
    waiting: outbox.size,
    isDone: (until) => outbox.size() === 0 && until - measuredUntil < (endsAt === undefined ? RESOLUTION_MS : 1),
    deliveredUntil() {
      noteDelivery();
      return deliveredUntil;
    },
    unmeasured: (until) => (until > measuredUntil ? source(measuredUntil, until).length : 0),
  };
}
