// Port: the readings themselves, keyed by identity (device, kind, the device's own `at`). Whose they are is decided at read time by
// the bindings of the device: an engine stores no patient.
import type { Reading, ReadingKind } from '../../domain/reading.ts';

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
  /** 0 for the first value of an identity, +1 with each correction. */
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
  /** Values it had before (corrected or voided ones), oldest first. */
  readonly previous: readonly StoredReading[];
}

export interface TimeSeries {
  /**
   * Idempotent upsert; at most one item per identity in a batch. Durable when it resolves; what it replaces has been copied to
   * the audit first (`replaced`). Throws TemporaryFailure with nothing known to be written.
   */
  write(readings: readonly StoredReading[], replaced: readonly ReplacedReading[]): Promise<void>;
  /** What is known of each identity, by the key of storage/readings/identity-key.ts; unknown ones are absent. */
  find(identities: readonly Identity[]): Promise<Map<string, KnownIdentity>>;
  /** Readings whose measuredAt lies in a span, in ascending (measuredAt, device); without voided ones. */
  read(spans: readonly DeviceSpan[], kinds: readonly ReadingKind[]): Promise<StoredReading[]>;
  /** The newest reading by measured time per device and kind, without voided ones. */
  latest(deviceKeys: readonly number[]): Promise<StoredReading[]>;
  /** Deletes every reading and audit row of the spans (erasing a patient). */
  erase(spans: readonly DeviceSpan[]): Promise<void>;
}

export interface ReplacedReading {
  readonly stored: StoredReading;
  readonly replacedAt: number;
  readonly reason: 'corrected' | 'voided';
  /** User id, where a person did it. */
  readonly replacedBy?: string | undefined;
}
