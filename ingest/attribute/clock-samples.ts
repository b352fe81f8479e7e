// What a device's connections told of its clock, one sample a connection (clinical.md §1.1).
// The journal doesn't say which connection a message came over: what a device tells within ten minutes counts as one.
import type { ClockSample } from '../../domain/clock-offset.ts';

const SAME_CONNECTION_MS = 10 * 60_000;
/** As many as clock-offset.ts judges by. */
const KEPT = 5;

/**
 * The samples with one more. Of one connection the sample that was least on its way counts: a message that had waited in the device's
 * queue tells how long it waited, not how wrong the clock is. The same samples where it changes nothing.
 */
export function withClockSample(samples: readonly ClockSample[], told: ClockSample): readonly ClockSample[] {
  const last = samples.at(-1);
  if (last === undefined || told.receivedAt - last.receivedAt > SAME_CONNECTION_MS)
    return [...samples, told].slice(-KEPT);
  if (told.sentAt - told.receivedAt <= last.sentAt - last.receivedAt) return samples;
  return [
    ...samples.slice(0, -1),
    { receivedAt: last.receivedAt, sentAt: told.sentAt - told.receivedAt + last.receivedAt },
  ];
}
