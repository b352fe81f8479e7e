// What becomes of a reading whose identity is known already (DESIGN §3.2, clinical.md §1.3). Pure.
// Promise: for values that differ in `seq` or `sentAt` the outcome doesn't depend on the order of their arrival; the same origin
// again has the same fate again.
import type { Reading } from '../../domain/reading.ts';
import type { Rejection } from '../../domain/rejection.ts';
import type { KnownIdentity, Origin, StoredReading } from '../../storage/ports/time-series.ts';

/** So many values a timestamp may have; beyond it is a clock that stands still. All of them are read whenever another comes. */
export const MOST_VALUES = 1_000;

export type Decision =
  /** An earlier run of the same record has stored it. */
  | { readonly kind: 'met_again'; readonly fate: 'accepted' | 'corrected' }
  /** A value that the identity has, or has had before. */
  | { readonly kind: 'duplicate' }
  /** It takes the place of the current value. */
  | { readonly kind: 'replaces'; readonly winner: StoredReading; readonly loser: StoredReading }
  /** A value that nobody knew, older than the current one, or of an identity that a person has voided: kept in the audit alone. */
  | { readonly kind: 'superseded'; readonly loser: StoredReading }
  | { readonly kind: 'refused'; readonly rejection: Rejection };

const TOO_MANY: Rejection = {
  code: 'too_many_readings',
  detail: `at: ${MOST_VALUES} values have come for this instant already; check whether the device's clock stands still`,
};

export function decideFate(known: KnownIdentity, reading: Reading, origin: Origin): Decision {
  const { current, previous } = known;
  const brought = [current, ...previous].filter((stored) => isSameOrigin(stored.origin, origin));
  if (brought.length > 0) {
    // A void copies the row under the next revision: the lowest is what the record brought.
    const revision = Math.min(...brought.map((stored) => stored.revision));
    return { kind: 'met_again', fate: revision === 0 ? 'accepted' : 'corrected' };
  }
  if (isSameValue(current.reading, reading) || previous.some((stored) => isSameValue(stored.reading, reading))) {
    return { kind: 'duplicate' };
  }
  const revision = 1 + Math.max(current.revision, ...previous.map((stored) => stored.revision));
  if (revision >= MOST_VALUES) return { kind: 'refused', rejection: TOO_MANY };
  // A person has said that this was no reading of the patient's: whatever the device says of it later doesn't count again.
  return current.voidedAt === undefined && wins(reading, current.reading)
    ? { kind: 'replaces', winner: { reading, origin, revision }, loser: withConflict(current) }
    : { kind: 'superseded', loser: withConflict({ reading, origin, revision }) };
}

/** Higher `seq`, else later `sentAt`, else whoever comes with a value not yet known. */
function wins(challenger: Reading, current: Reading): boolean {
  if (challenger.seq !== undefined && current.seq !== undefined && challenger.seq !== current.seq) {
    return challenger.seq > current.seq;
  }
  if (challenger.sentAt !== undefined && current.sentAt !== undefined && challenger.sentAt !== current.sentAt) {
    return challenger.sentAt > current.sentAt;
  }
  return true;
}

/** As it came: numbers, unit and code. A context or a flag more is no other value. */
export function isSameValue(a: Reading, b: Reading): boolean {
  if (a.kind === 'bp') {
    return (
      b.kind === 'bp' &&
      a.receivedSystolic === b.receivedSystolic &&
      a.receivedDiastolic === b.receivedDiastolic &&
      a.pulsePerMin === b.pulsePerMin &&
      a.unit === b.unit
    );
  }
  return b.kind !== 'bp' && a.value === b.value && a.unit === b.unit && a.code === b.code;
}

function isSameOrigin(a: Origin, b: Origin): boolean {
  return a.seq === b.seq && a.index === b.index && a.partition === b.partition;
}

function withConflict(stored: StoredReading): StoredReading {
  const { reading } = stored;
  return reading.flags.includes('conflict')
    ? stored
    : { ...stored, reading: { ...reading, flags: [...reading.flags, 'conflict'] } };
}
