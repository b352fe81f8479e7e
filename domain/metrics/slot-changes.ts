// How restless a trace is from slot to slot: MAG and GVP (clinical.md §3.5: reported only, definitions as in iglu).
// Promise: changes between consecutive present slots alone; undefined where there are none.
import { type GlucoseGrid, laggedDifferences } from './glucose-grid.ts';

/** Mean absolute glucose change, mg/dL an hour. Hermanides 2010 Crit Care Med 38:838. */
export function mag(grid: GlucoseGrid): number | undefined {
  const steps = laggedDifferences(grid, grid.slotMin);
  if (steps.length === 0) return undefined;
  return steps.reduce((sum, step) => sum + Math.abs(step), 0) / ((steps.length * grid.slotMin) / 60);
}

/** Glycaemic variability percentage: how much longer the trace is than a flat one, minutes and mg/dL as one scale. Peyser 2018 Diabetes Technol Ther 20:6. */
export function gvpPercent(grid: GlucoseGrid): number | undefined {
  const steps = laggedDifferences(grid, grid.slotMin);
  if (steps.length === 0) return undefined;
  const length = steps.reduce((sum, step) => sum + Math.hypot(grid.slotMin, step), 0);
  return 100 * (length / (steps.length * grid.slotMin) - 1);
}
