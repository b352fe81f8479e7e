// The reading as it goes over the wire, and the simulators' own encoder of it: nothing is shared with the receiving side.
// Promise: a reading is encoded to the same identity (kind, at, seq, values) however often it is sent.

export interface GlucoseWireReading {
  readonly kind: 'cgm' | 'smbg';
  /** RFC 3339 with an offset, or epoch ms: whichever the device speaks. */
  readonly at: string | number;
  readonly value: number | 'LOW' | 'HIGH';
  readonly unit: 'mg/dL' | 'mmol/L';
  readonly context?: string;
  readonly seq?: number;
}

export interface PressureWireReading {
  readonly kind: 'bp';
  readonly at: string | number;
  readonly systolic: number;
  readonly diastolic: number;
  readonly pulse: number;
  readonly unit: 'mmHg';
  readonly seq?: number;
}

export type WireReading = GlucoseWireReading | PressureWireReading;

/** What a device remembers, over the period it is asked for: `from` ≤ at < `to`, epoch ms, in time order. */
export type ReadingSource = (from: number, to: number) => readonly WireReading[];

/** The most readings one message may carry. */
export const MOST_READINGS_IN_MESSAGE = 1_000;

/** A lone reading goes as it is; several go as an array with `sentAt` (the device's clock, epoch ms), by which a wrong clock is found. */
export function encodeReadings(readings: readonly WireReading[], sentAt: number): string {
  const [first] = readings;
  return JSON.stringify(readings.length === 1 ? first : { sentAt, readings });
}

/** Rises over a device's life, is the same in every run, and is spaced so that two readings a second apart still differ. */
export const seqAt = (at: number): number => Math.floor((at - SEQ_STARTS_AT) / 1_000);
const SEQ_STARTS_AT = Date.UTC(2020, 0, 1);
