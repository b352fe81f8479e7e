// How a device treats what it measured on the way to its outbox: sends twice, holds back, adds broken messages.
// Promise: every reading given to it comes out at least once, unchanged.
import { type Random, randomAt, seedFrom } from '../traces/random.ts';
import type { DeliveryTraits } from '../traces/scenarios.ts';
import { breakPayload } from './broken-payload.ts';
import type { OutboxEntry } from './outbox.ts';
import type { WireReading } from './wire-reading.ts';

export interface Delivery {
  deliver(readings: readonly WireReading[]): readonly OutboxEntry[];
  /** What is still held back; for the end of a run. */
  flush(): readonly OutboxEntry[];
}

const LONGEST_HELD = 6;

export function createDelivery(traits: DeliveryTraits, random: Random): Delivery {
  let heldBack: { entry: OutboxEntry; laterReadings: number }[] = [];

  function* passed(reading: WireReading): Generator<OutboxEntry> {
    const entry = { reading };
    for (const held of heldBack) held.laterReadings -= 1;
    if (random() < traits.heldBackShare) {
      heldBack.push({ entry, laterReadings: 1 + Math.floor(random() * LONGEST_HELD) });
    } else {
      yield entry;
    }
    if (random() < traits.duplicateShare) yield entry;
    if (random() < traits.malformedShare) yield { brokenPayload: breakPayload(reading, random) };
    for (const held of heldBack) if (held.laterReadings <= 0) yield held.entry;
    heldBack = heldBack.filter((held) => held.laterReadings > 0);
  }

  return {
    deliver: (readings) => readings.flatMap((reading) => [...passed(reading)]),
    flush() {
      const held = heldBack.map(({ entry }) => entry);
      heldBack = [];
      return held;
    },
  };
}

const DROPOUT_BLOCK_MS = 3 * 3_600_000;
const LONGEST_DROPOUT_MS = 80 * 60_000;

/** Whether a link that drops out is off the network at this simulated instant: once in every three hours, for 40 to 80 minutes. */
export function isDroppedOut(seed: number, at: number): boolean {
  const phaseMs = randomAt(seedFrom(seed, 'phase'), 0) * DROPOUT_BLOCK_MS;
  const block = Math.floor((at + phaseMs) / DROPOUT_BLOCK_MS);
  const intoBlockMs = at + phaseMs - block * DROPOUT_BLOCK_MS;
  const startsMs = randomAt(seedFrom(seed, 'dropouts'), block) * (DROPOUT_BLOCK_MS - LONGEST_DROPOUT_MS);
  const lastsMs = (0.5 + 0.5 * randomAt(seedFrom(seed, 'dropout lengths'), block)) * LONGEST_DROPOUT_MS;
  return intoBlockMs >= startsMs && intoBlockMs < startsMs + lastsMs;
}
