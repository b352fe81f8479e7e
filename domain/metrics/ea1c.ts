// Estimated HbA1c of the ADAG study (clinical.md §3.3). Nathan 2008 Diabetes Care 31:1473. Made for means of fingersticks;
// beside GMI only with labels, because the two differ for the same mean.

/** %: (46.7 + mean mg/dL) / 28.7. */
export function eA1cPercent(meanMgPerDl: number): number {
  return (46.7 + meanMgPerDl) / 28.7;
}
