// Means of blood pressures (clinical.md §5.2).
// Promise: rounded half up to whole mmHg, and the rounded value is what is judged: what is shown is what is judged.
import { mean } from 'simple-statistics';

export interface Pressure {
  readonly systolicMmHg: number;
  readonly diastolicMmHg: number;
}

/** Unrounded, for variability and for the record. `pressures` must not be empty. */
export function exactMeanPressure(pressures: readonly Pressure[]): Pressure {
  return {
    systolicMmHg: mean(pressures.map(({ systolicMmHg }) => systolicMmHg)),
    diastolicMmHg: mean(pressures.map(({ diastolicMmHg }) => diastolicMmHg)),
  };
}

/** Whole mmHg, halves up: 139.5 is 140. `pressures` must not be empty. */
export function meanPressure(pressures: readonly Pressure[]): Pressure {
  const exact = exactMeanPressure(pressures);
  return { systolicMmHg: Math.round(exact.systolicMmHg), diastolicMmHg: Math.round(exact.diastolicMmHg) };
}
