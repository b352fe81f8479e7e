// Glucose management indicator (clinical.md §3.3). Bergenstal 2018 Diabetes Care 41:2275. Needs 14 d: see sufficiency.ts.

/** % : 3.31 + 0.02392 × mean mg/dL. */
export function gmiPercent(meanMgPerDl: number): number {
  return 3.31 + 0.02392 * meanMgPerDl;
}

/** mmol/mol: 12.71 + 4.70587 × mean mmol/L. */
export function gmiMmolPerMol(meanMmolPerL: number): number {
  return 12.71 + 4.70587 * meanMmolPerL;
}
