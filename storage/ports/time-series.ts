// Port: the readings themselves, keyed by identity (device, kind, the device's own `at`). Whose they are is decided at read time by
// the bindings of the device: an engine stores no patient.
import type { Reading, ReadingKind } from '../../domain/reading.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';

/** Where an accepted item came from: met again with the same origin it is the same acceptance, not a duplicate. */
export interface Origin {
  readonly partition: number;
  readonly seq: number;
  /** Position over all items of the record. */
  readonly index: number;
}

export interface StoredReading {
  readonly reading: Reading;
  readonly origin: Origin;
  /** Counts the values of an identity in the order they came: 0 for the first. */
  readonly revision: number;
  readonly voidedAt?: number | undefined;
}

export interface Identity {
  readonly deviceKey: number;
  readonly kind: ReadingKind;
  readonly at: number;
}

/** A stretch of one device's measured time, [fromAt, toAt); with `slot` only that user's readings. */
export interface DeviceSpan {
  readonly deviceKey: number;
  readonly slot?: string | undefined;
  readonly fromAt: number;
  readonly toAt: number;
  /** Widest clock corrections of the device (devices.clock_ahead_ms, clock_behind_ms): how far `at` may lie from measured time. */
  readonly clockAheadMs: number;
  readonly clockBehindMs: number;
}

export interface KnownIdentity {
  readonly current: StoredReading;
  /** Its other values (corrected, voided, or come too late to win), by revision. */
  readonly previous: readonly StoredReading[];
}

export type NewestAt = Readonly<Partial<Record<ReadingKind, number>>>;

export interface TimeSeries {
  /** Longest that `write` takes before it throws: what a lease has to outlast twice. */
  readonly writeTimeoutMs: number;
  /**
   * Idempotent; at most one item per identity in a batch. A first value is kept only where the identity has none (in an engine that can't
   * compare: the last of several that come in the same moment); what is to take the place of another (or to be voided, or comes too late
   * to win) comes with an entry in `replaced`, which goes to the audit. Such an identity is compared: where somebody else has brought a
   * value of it since it was looked for, nothing of it is written and ReadingContended thrown, so that a correction and a void at the same
   * time never undo each other. (An engine that can't compare locks the identity in Postgres for it.) Durable when it resolves. Throws
   * TemporaryFailure when nothing is known to be written, and ReadingsTooOld before anything is.
   */
  write(readings: readonly StoredReading[], replaced: readonly ReplacedReading[]): Promise<void>;
  /** What is known of each identity, by the key of storage/readings/identity-key.ts; unknown ones are absent. */
  find(identities: readonly Identity[]): Promise<Map<string, KnownIdentity>>;
  /** Readings whose measuredAt lies in a span, in ascending (measuredAt, device, kind, at), without voided ones. Spans don't overlap. */
  read(spans: readonly DeviceSpan[], kinds: readonly ReadingKind[]): Promise<StoredReading[]>;
  /** The newest `at` of each device and kind, from `fromAt` on and voided ones included; devices without any are absent. */
  newestAt(deviceKeys: readonly number[], fromAt: number): Promise<Map<number, NewestAt>>;
  /** Deletes every reading and audit row of the spans (erasing a patient). */
  erase(spans: readonly DeviceSpan[]): Promise<void>;
}

/** Somebody else has written an identity since it was looked for: what becomes of its reading is to be decided anew. */
export class ReadingContended extends TemporaryFailure {
  constructor() {
    super('reading_contended', 'somebody else has written a reading since it was looked for');
  }
}

/** The engine is set to forget, and keeps nothing so old, whoever asks it how often: without these the others of the batch can be written. */
export class ReadingsTooOld extends Error {
  override readonly name = 'ReadingsTooOld';
  /** Of every first value in the batch that is too old. */
  readonly origins: readonly Origin[];

  constructor(message: string, origins: readonly Origin[]) {
    super(message);
    this.origins = origins;
  }
}

export interface ReplacedReading {
  readonly stored: StoredReading;
  readonly replacedAt: number;
  /** `superseded`: it came after a value that wins over it. */
  readonly reason: 'corrected' | 'superseded' | 'voided';
  /** User id, where a person did it. */
  readonly replacedBy?: string | undefined;
}
