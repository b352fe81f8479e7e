// How far a device's clock is off, and when a reading really was made (clinical.md §1.1).
// Promise: identity keeps the device's own `at`; only `measuredAt` moves; a reading is never dated later than it was received,
// beyond the two minutes that clocks may differ.
import { medianSorted } from 'simple-statistics';
import { LIVE_WITHIN_MS } from './reading.ts';

/** What one connection of a device told: when it said it was, and when it was. Epoch ms. */
export interface ClockSample {
  readonly sentAt: number;
  readonly receivedAt: number;
}

const CONNECTIONS_JUDGED = 5;
const TOLERATED_MS = 2 * 60_000;
/** A message that waited looks like a clock that is slow: how many connections have to say the same before it is the clock. */
const CONNECTIONS_AGREEING = 3;

/**
 * Device clock minus true time in ms: positive where the device is ahead. The median over the last five connections, so that
 * one message held up on its way does not move every reading; 0 where it is within two minutes; undefined where no
 * connection ever told its `sentAt`. clinical.md writes the difference as received − `sentAt`; the sign here is that of the
 * correction: a device 10 min ahead sends `sentAt` = received + 10 min, and its readings are moved back.
 *
 * A clock can't be ahead by having waited, but behind: a packet that is delivered again two hours later says so, too. More than
 * 30 min behind (which would make late news live) counts once three connections agree; until then the clock counts as right.
 *
 * @param samples one a connection, oldest first.
 */
export function clockOffsetMs(samples: readonly ClockSample[]): number | undefined {
  if (samples.length === 0) return undefined;
  const offsets = samples.slice(-CONNECTIONS_JUDGED).map(({ sentAt, receivedAt }) => sentAt - receivedAt);
  const median = medianSorted(offsets.sort((a, b) => a - b));
  if (Math.abs(median) <= TOLERATED_MS) return 0;
  const agreeing = offsets.filter((offset) => Math.abs(offset - median) <= TOLERATED_MS).length;
  if (median < -LIVE_WITHIN_MS && agreeing < CONNECTIONS_AGREEING) return 0;
  return Math.round(median);
}

export interface TrueTime {
  /** Epoch ms UTC. */
  readonly measuredAt: number;
  /** The clock could not be trusted: the reading counts as made when it was received. */
  readonly clockFlag: boolean;
}

/**
 * @param at the device's own timestamp, epoch ms
 * @param offsetMs of `clockOffsetMs`; undefined for a device that never sends `sentAt`
 */
export function trueTimeOf(at: number, receivedAt: number, offsetMs: number | undefined): TrueTime {
  const measuredAt = at - (offsetMs ?? 0);
  const toleratedMs = offsetMs === undefined ? 0 : TOLERATED_MS;
  return measuredAt - receivedAt > toleratedMs
    ? { measuredAt: receivedAt, clockFlag: true }
    : { measuredAt, clockFlag: false };
}
