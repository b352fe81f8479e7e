// What a device still has to deliver. Promise: an entry leaves only when it is acknowledged; what was on its way when the
// connection broke goes out again, in its old place and unchanged.
import { MOST_READINGS_IN_MESSAGE, type WireReading } from './wire-reading.ts';

/** A reading, or a message that a broken device sends as it is. */
export type OutboxEntry = { readonly reading: WireReading } | { readonly brokenPayload: string };

export interface Batch {
  readonly entries: readonly OutboxEntry[];
  /** How many of them were sent before. */
  readonly resent: number;
}

export interface Outbox {
  add(entry: OutboxEntry): void;
  /** The oldest waiting entries, now on their way: up to 1,000 readings, or one broken message. Undefined: nothing waits. */
  take(): Batch | undefined;
  /** Delivered: forgotten. */
  acknowledge(batch: Batch): void;
  /** Not delivered: waits again, before everything else. Batches given back last-taken-first keep their order. */
  giveBack(batch: Batch): void;
  /** Neither acknowledged nor forgotten: waiting and on their way. */
  size(): number;
}

export function createOutbox(): Outbox {
  let waiting: OutboxEntry[] = [];
  /** The first of `waiting` that were sent at least once. */
  let sentBefore = 0;
  let underway = 0;

  return {
    add(entry) {
      waiting.push(entry);
    },
    take() {
      const [first] = waiting;
      if (first === undefined) return undefined;
      let count = 1;
      if ('reading' in first) {
        const bound = Math.min(waiting.length, MOST_READINGS_IN_MESSAGE);
        while (count < bound && 'reading' in waiting[count]!) count += 1;
      }
      const entries = waiting.slice(0, count);
      waiting = waiting.slice(count);
      const resent = Math.min(sentBefore, count);
      sentBefore -= resent;
      underway += count;
      return { entries, resent };
    },
    acknowledge(batch) {
      underway -= batch.entries.length;
    },
    giveBack(batch) {
      underway -= batch.entries.length;
      sentBefore += batch.entries.length;
      waiting = [...batch.entries, ...waiting];
    },
    size: () => waiting.length + underway,
  };
}
