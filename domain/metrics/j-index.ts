// J-index (clinical.md §3.3). Wojcicki 1995 Horm Metab Res 27:41.

/** 0.001 (mean + SD)², both mg/dL. Not computable without an SD, so from two readings on. */
export function jIndex(meanMgPerDl: number, sdMgPerDl: number): number {
  return 0.001 * (meanMgPerDl + sdMgPerDl) ** 2;
}
