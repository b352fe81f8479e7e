// Area under the curve as its hourly mean (clinical.md §3.5). iglu's `auc` sorts slots into wrong days: it is not matched.
import type { GlucoseGrid } from './glucose-grid.ts';

/** Mean of (gᵢ + gᵢ₊₁) / 2 over consecutive present slots, mg/dL; undefined where no two follow each other. */
export function hourlyMean({ mgPerDl }: GlucoseGrid): number | undefined {
  let sum = 0;
  let pairs = 0;
  for (let slot = 1; slot < mgPerDl.length; slot++) {
    const middle = (mgPerDl[slot - 1]! + mgPerDl[slot]!) / 2;
    if (Number.isNaN(middle)) continue;
    sum += middle;
    pairs += 1;
  }
  return pairs === 0 ? undefined : sum / pairs;
}
