// What is accepted as a measurement (clinical.md §1.1, §1.4, §2.3, §5.1).
// Promise: bad input gets a rejection, never an exception; units are never converted to make a value fit; what is only unlikely
// is marked `waivable`, so that a person may let it count after review.
import { countedBoundMgPerDl, type DeviceModel } from './device-model.ts';
import type { GlucoseKind, GlucoseUnit, PressureUnit, ScaleCode } from './reading.ts';
import { accept, type Checked, type Rejection, reject } from './rejection.ts';
import { isOutsideSensorRange } from './suspect-reading.ts';
import { wholeMgPerDl, wholeMmHgFromKpa } from './units.ts';

/** 2015-01-01T00:00:00Z: no supported device measured before it (clinical.md §1.1). */
export const EARLIEST_AT = Date.UTC(2015, 0, 1);
const FURTHEST_AHEAD_MS = 24 * 3_600_000;

/** Both ends included, in the unit received (clinical.md §2.3). */
const PLAUSIBLE_GLUCOSE: Readonly<Record<GlucoseUnit, Range>> = {
  'mg/dL': { from: 10, to: 600 },
  'mmol/L': { from: 0.6, to: 33.3 },
};
/** Both ends included (clinical.md §5.1). */
const PLAUSIBLE_SYSTOLIC_MM_HG: Range = { from: 60, to: 260 };
const PLAUSIBLE_DIASTOLIC_MM_HG: Range = { from: 30, to: 200 };
const PLAUSIBLE_PULSE_PER_MIN: Range = { from: 30, to: 220 };
const REPEAT_BELOW_PULSE_PRESSURE_MM_HG = 10;

interface Range {
  readonly from: number;
  readonly to: number;
}

export interface CheckOptions {
  /** Set when a person has reviewed the value: the limits of what is likely no longer apply, those of what is possible do. */
  readonly waived?: boolean;
}

/**
 * Judges the device's own timestamp against the instant the broker had it, both epoch ms. 5 min to 24 h ahead is no
 * rejection: the time is corrected (clock-offset.ts) and DATA-04 tells of the clock.
 */
export function timeRejection(at: number, receivedAt: number): Rejection | undefined {
  if (!(at >= EARLIEST_AT))
    return { code: 'invalid_time', detail: `at: ${describeInstant(at)} is before 2015; set the device's clock` };
  if (at - receivedAt > FURTHEST_AHEAD_MS) {
    return {
      code: 'time_in_future',
      detail: `at: ${describeInstant(at)} is more than 24 h ahead; set the device's clock`,
    };
  }
  return undefined;
}

export interface GlucoseInput {
  readonly kind: GlucoseKind;
  readonly value: number | ScaleCode;
  readonly unit: GlucoseUnit;
}

export interface PlausibleGlucose {
  /** As it came; where `code` is set the bound it counts as, in mg/dL. */
  readonly value: number;
  readonly code?: ScaleCode;
  readonly flags: readonly 'suspect'[];
}

const NO_FLAGS: readonly 'suspect'[] = [];
const SUSPECT: readonly 'suspect'[] = ['suspect'];

/** The device's own error values are looked at first (§1.4), then the limits of §2.3 in the unit received. */
export function checkGlucose(
  { kind, value, unit }: GlucoseInput,
  model?: DeviceModel,
  { waived = false }: CheckOptions = {},
): Checked<PlausibleGlucose> {
  if (typeof value !== 'number')
    return accept({ value: countedBoundMgPerDl(value, model), code: value, flags: NO_FLAGS });
  if (!Number.isFinite(value))
    return reject('wrong_type', `value: ${value} is not a number; send a number, "LOW" or "HIGH"`);
  if (value <= 0) return reject('implausible_value', `value: ${value} ${unit} is not a glucose value`);
  if (model?.errorBelowMgPerDl !== undefined && wholeMgPerDl(value, unit) < model.errorBelowMgPerDl) {
    return reject('implausible_value', `value: ${value} ${unit} is an error code of the ${model.name}, not glucose`, {
      sensorError: true,
    });
  }
  const plausible = PLAUSIBLE_GLUCOSE[unit];
  if (!waived && !within(value, plausible)) {
    return reject(
      'implausible_value',
      `value: ${value} ${unit} is outside ${plausible.from} to ${plausible.to} ${unit}; check the unit, or replay it after review`,
      { waivable: true },
    );
  }
  return accept({ value, flags: kind === 'cgm' && isOutsideSensorRange(value, unit, model) ? SUSPECT : NO_FLAGS });
}

export interface PressureInput {
  readonly systolic: number;
  readonly diastolic: number;
  readonly pulse?: number | undefined;
  readonly unit: PressureUnit;
}

export interface PlausiblePressure {
  readonly systolicMmHg: number;
  readonly diastolicMmHg: number;
  /** The pulse pressure is below 10 mmHg: accepted, but the person is asked to measure again (§5.1). */
  readonly askToRepeat: boolean;
}

/** Systolic and diastolic are never swapped, fractions of a mmHg never rounded away; kPa is (§5.1). */
export function checkPressure(
  { systolic, diastolic, pulse, unit }: PressureInput,
  { waived = false }: CheckOptions = {},
): Checked<PlausiblePressure> {
  const came = `${systolic}/${diastolic} ${unit}`;
  if (!Number.isFinite(systolic) || !Number.isFinite(diastolic) || (pulse !== undefined && !Number.isFinite(pulse))) {
    return reject('wrong_type', `systolic, diastolic and pulse must be numbers; came ${came}, pulse ${pulse}`);
  }
  const systolicMmHg = unit === 'kPa' ? wholeMmHgFromKpa(systolic) : systolic;
  const diastolicMmHg = unit === 'kPa' ? wholeMmHgFromKpa(diastolic) : diastolic;
  if (!Number.isInteger(systolicMmHg) || !Number.isInteger(diastolicMmHg)) {
    return reject('implausible_value', `systolic, diastolic: ${came} is not in whole mmHg; check the unit`);
  }
  if (diastolicMmHg <= 0 || systolicMmHg <= diastolicMmHg) {
    return reject('implausible_value', `systolic, diastolic: ${came}; systolic must be above diastolic, both above 0`);
  }
  if (!waived) {
    const outside =
      outsideOf('systolic', systolicMmHg, PLAUSIBLE_SYSTOLIC_MM_HG, 'mmHg') ??
      outsideOf('diastolic', diastolicMmHg, PLAUSIBLE_DIASTOLIC_MM_HG, 'mmHg') ??
      (pulse === undefined ? undefined : outsideOf('pulse', pulse, PLAUSIBLE_PULSE_PER_MIN, 'per minute'));
    if (outside !== undefined) return reject('implausible_value', outside, { waivable: true });
  }
  return accept({
    systolicMmHg,
    diastolicMmHg,
    askToRepeat: systolicMmHg - diastolicMmHg < REPEAT_BELOW_PULSE_PRESSURE_MM_HG,
  });
}

function within(value: number, range: Range): boolean {
  return value >= range.from && value <= range.to;
}

function outsideOf(field: string, value: number, range: Range, unit: string): string | undefined {
  if (within(value, range)) return undefined;
  return `${field}: ${value} ${unit} is outside ${range.from} to ${range.to}; measure again, or replay it after review`;
}

function describeInstant(at: number): string {
  const instant = new Date(at);
  return Number.isNaN(instant.getTime()) ? `${at}` : instant.toISOString();
}
