// Continuous overall net glycaemic action (clinical.md §3.5). McDonnell 2005 Diabetes Technol Ther 7:253.
import { sampleStandardDeviation } from 'simple-statistics';
import { type GlucoseGrid, laggedDifferences } from './glucose-grid.ts';

/** Sample SD of g(t) − g(t − n h), mg/dL; undefined with fewer than two pairs. */
export function conga(grid: GlucoseGrid, hours: number): number | undefined {
  const differences = laggedDifferences(grid, hours * 60);
  return differences.length < 2 ? undefined : sampleStandardDeviation(differences);
}
