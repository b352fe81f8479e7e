// Mean of daily differences (clinical.md §3.5). Service & Nelson 1980 Diabetes Care 3:58.
import { type GlucoseGrid, laggedDifferences } from './glucose-grid.ts';

const DAY_MIN = 24 * 60;

/** Mean |g(t) − g(t − 24 h)|, mg/dL; undefined where no slot has a partner a day before. */
export function modd(grid: GlucoseGrid): number | undefined {
  const differences = laggedDifferences(grid, DAY_MIN);
  if (differences.length === 0) return undefined;
  return differences.reduce((sum, difference) => sum + Math.abs(difference), 0) / differences.length;
}
