// A rule's thresholds: defaults from clinical.md §7, narrowed by the team, then by the patient, each with its origin.
// Promise: a glucose line always holds in both units, because a reading is judged in the unit it came in.
import type { GlucoseUnit } from '../reading.ts';
import { mgPerDlFromMmolPerL, mmolPerLFromMgPerDl, roundHalfAwayFromZero } from '../units.ts';

export type ThresholdUnit =
  | GlucoseUnit
  | 'mmHg'
  | 'min'
  | 'h'
  | 'days'
  | 'readings'
  | 'sessions'
  | 'events'
  | 'percent'
  | 'points'
  | 'mg/dL/min';
export type ThresholdOrigin = 'default' | 'team' | 'patient';

export interface Threshold {
  readonly value: number;
  readonly unit: ThresholdUnit;
  /** The same line for readings in mmol/L, where `unit` is mg/dL. */
  readonly mmolPerL?: number | undefined;
  readonly origin: ThresholdOrigin;
}
export type ThresholdSet = Readonly<Record<string, Threshold>>;

export interface ThresholdDefault extends Omit<Threshold, 'origin'> {
  /**
   * Nobody overrides it: a public-health emergency line (clinical.md §7), or what was judged by it when readings arrived, whoever's they
   * are, and nothing tells by how much.
   */
  readonly fixed?: 'emergency_line' | 'judged_on_arrival';
  /**
   * The line itself belongs to what lies beyond: in the other unit it begins with the first value that a device can show (whole
   * mg/dL, tenths of mmol/L) at or above it, where other lines are rounded (clinical.md §2.2).
   */
  readonly inclusive?: true;
}
export type ThresholdDefaults<Name extends string = string> = Readonly<Record<Name, ThresholdDefault>>;

/** In the unit of the default; for a glucose line in either unit, the other follows. */
export interface ThresholdOverride {
  readonly value: number;
  readonly unit: ThresholdUnit;
}
export type ThresholdOverrides = Readonly<Record<string, ThresholdOverride>>;

/**
 * The patient's own override wins over the team's, the team's over the default.
 * Throws RangeError naming the threshold where an override is unknown, fixed, not a positive number or in another unit.
 */
export function resolveThresholds<Name extends string>(
  defaults: ThresholdDefaults<Name>,
  team: ThresholdOverrides = {},
  patient: ThresholdOverrides = {},
): Readonly<Record<Name, Threshold>> {
  const resolved: Record<string, Threshold> = {};
  for (const [name, { fixed: _, inclusive: __, ...threshold }] of entriesOf(defaults))
    resolved[name] = { ...threshold, origin: 'default' };
  for (const [origin, overrides] of [['team', team] as const, ['patient', patient] as const]) {
    for (const [name, override] of Object.entries(overrides))
      resolved[name] = overridden(defaults, name, override, origin);
  }
  return resolved as Record<Name, Threshold>;
}

function overridden(
  defaults: ThresholdDefaults,
  name: string,
  override: ThresholdOverride,
  origin: ThresholdOrigin,
): Threshold {
  const original = defaults[name];
  if (original === undefined) {
    throw new RangeError(`Threshold ${name} does not exist here; there are ${Object.keys(defaults).join(', ')}.`);
  }
  if (original.fixed) throw new RangeError(`Threshold ${name} ${FIXED_BECAUSE[original.fixed]}`);
  if (!(Number.isFinite(override.value) && override.value > 0)) {
    throw new RangeError(`Threshold ${name} must be a positive number, not ${override.value}.`);
  }
  const shown = original.inclusive ? roundUp : roundHalfAwayFromZero;
  if (original.mmolPerL !== undefined && override.unit === 'mmol/L') {
    const mgPerDl = shown(mgPerDlFromMmolPerL(override.value), 0);
    return { value: mgPerDl, unit: 'mg/dL', mmolPerL: override.value, origin };
  }
  if (override.unit !== original.unit) {
    throw new RangeError(`Threshold ${name} is in ${original.unit}, not in ${override.unit}.`);
  }
  if (original.mmolPerL === undefined) return { value: override.value, unit: original.unit, origin };
  const mmolPerL = shown(mmolPerLFromMgPerDl(override.value), 1);
  return { value: override.value, unit: original.unit, mmolPerL, origin };
}

const FIXED_BECAUSE = {
  emergency_line: "is a public-health emergency line and can't be changed.",
  judged_on_arrival: "can't be changed: clocks are judged once, as readings arrive.",
} as const;

function roundUp(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.ceil(value * scale) / scale;
}

function entriesOf(defaults: ThresholdDefaults): [string, ThresholdDefault][] {
  return Object.entries(defaults);
}
