// Glucose readings of one device as columns: what projections hold, what metrics and rules read.
// Promise: rows are in ascending `measuredAt`, one row per identity, no control-solution and no voided readings.
import type { GlucoseContext, GlucoseUnit } from './reading.ts';
import { GLUCOSE_CONTEXTS } from './reading.ts';

export interface GlucoseSeries {
  readonly deviceKey: number;
  /** Nominal interval of the device's model; without a model 5 (clinical.md §3.1). */
  readonly cadenceMin: number;
  readonly length: number;
  /** Epoch ms UTC, corrected. Only the first `length` entries count; the arrays may be longer. */
  readonly measuredAt: ArrayLike<number>;
  /** In the received unit; where a code bit is set, the counted bound in mg/dL. */
  readonly value: ArrayLike<number>;
  /** Bits of `META`. */
  readonly meta: ArrayLike<number>;
}

export const META = {
  mmol: 1,
  low: 2,
  high: 4,
  /** Received more than 30 min after it was measured (clinical.md §7). */
  late: 8,
  suspect: 16,
  clock: 32,
  conflict: 64,
  /** Three bits: 0 none, else 1 + index in GLUCOSE_CONTEXTS. */
  contextShift: 7,
} as const;

/** Packs what a rule needs to know of a reading beside time and value into one integer (fits Uint16). */
export function packMeta(reading: {
  unit: GlucoseUnit;
  code?: 'LOW' | 'HIGH' | undefined;
  context?: GlucoseContext | undefined;
  late: boolean;
  suspect?: boolean;
  clock?: boolean;
  conflict?: boolean;
}): number {
  const context = reading.context === undefined ? 0 : 1 + GLUCOSE_CONTEXTS.indexOf(reading.context);
  return (
    (reading.unit === 'mmol/L' ? META.mmol : 0) |
    (reading.code === 'LOW' ? META.low : 0) |
    (reading.code === 'HIGH' ? META.high : 0) |
    (reading.late ? META.late : 0) |
    (reading.suspect ? META.suspect : 0) |
    (reading.clock ? META.clock : 0) |
    (reading.conflict ? META.conflict : 0) |
    (context << META.contextShift)
  );
}

export function contextOf(meta: number): GlucoseContext | undefined {
  const index = (meta >> META.contextShift) & 7;
  return index === 0 ? undefined : GLUCOSE_CONTEXTS[index - 1];
}
