// What a reading is once decoded, attributed and checked. Owns the vocabulary of kinds, units, codes, contexts and flags.

export const READING_KINDS = ['cgm', 'smbg', 'bp'] as const;
export type ReadingKind = (typeof READING_KINDS)[number];
export type GlucoseKind = 'cgm' | 'smbg';

export const GLUCOSE_UNITS = ['mg/dL', 'mmol/L'] as const;
export type GlucoseUnit = (typeof GLUCOSE_UNITS)[number];
export const PRESSURE_UNITS = ['mmHg', 'kPa'] as const;
export type PressureUnit = (typeof PRESSURE_UNITS)[number];

/** Off the sensor's or meter's scale (clinical.md §1.4, §4.1). */
export const SCALE_CODES = ['LOW', 'HIGH'] as const;
export type ScaleCode = (typeof SCALE_CODES)[number];

export const GLUCOSE_CONTEXTS = ['fasting', 'before_meal', 'after_meal', 'bedtime', 'random'] as const;
export type GlucoseContext = (typeof GLUCOSE_CONTEXTS)[number];

/** The first four come from the device, the others are ours (clinical.md §1.1 `clock`, §1.3 `conflict`, §3.7 `suspect`). */
export const READING_FLAGS = [
  'irregular_heartbeat',
  'body_movement',
  'cuff_loose',
  'control_solution',
  'clock',
  'conflict',
  'suspect',
] as const;
export type ReadingFlag = (typeof READING_FLAGS)[number];

interface ReadingBase {
  /** Integer surrogate of the device. */
  readonly deviceKey: number;
  /** The device's own timestamp, epoch ms: with device and kind the reading's identity. Never used for windows. */
  readonly at: number;
  /** `at` corrected by the device's clock offset, epoch ms UTC: what windows and rules use (clinical.md §1.1). */
  readonly measuredAt: number;
  /** When the broker had it, epoch ms. */
  readonly receivedAt: number;
  readonly flags: readonly ReadingFlag[];
  /** User slot of a shared monitor, e.g. "A". */
  readonly slot?: string | undefined;
  /** Rises over a device's life; orders corrections. */
  readonly seq?: number | undefined;
  readonly sentAt?: number | undefined;
}

export interface GlucoseReading extends ReadingBase {
  readonly kind: GlucoseKind;
  /** In `unit`, exactly as it came. Where `code` is set: the bound it counts as, in mg/dL (clinical.md §1.4). */
  readonly value: number;
  /** The unit it came in, in which it is judged. */
  readonly unit: GlucoseUnit;
  readonly code?: ScaleCode | undefined;
  readonly context?: GlucoseContext | undefined;
}

export interface BloodPressureReading extends ReadingBase {
  readonly kind: 'bp';
  /** Whole mmHg; from kPa by rounding (clinical.md §5.1). */
  readonly systolicMmHg: number;
  readonly diastolicMmHg: number;
  readonly pulsePerMin?: number | undefined;
  /** The unit it came in, and the numbers as they came where that was kPa. */
  readonly unit: PressureUnit;
  readonly receivedSystolic: number;
  readonly receivedDiastolic: number;
}

export type Reading = GlucoseReading | BloodPressureReading;

/** A reading is late where it reached the broker more than this after it was measured (clinical.md §7). */
export const LIVE_WITHIN_MS = 30 * 60_000;
