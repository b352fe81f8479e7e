// COGI, continuous glucose monitoring index (clinical.md §3.3). Leelarathna 2020 J Diabetes Sci Technol 14:277.

/**
 * 0 to 100: half of it the time in range, 35 % the lack of time below 70 mg/dL (none from 15 % on), 15 % a small SD (all of it up to
 * 18 mg/dL, none from 108 on).
 *
 * @param inRangePercent and @param belowRangePercent percent of time at 70–180 and below 70 mg/dL
 */
export function cogi(inRangePercent: number, belowRangePercent: number, sdMgPerDl: number): number {
  const lowFree = clamp((15 - belowRangePercent) / 15);
  const steady = clamp((108 - sdMgPerDl) / 90);
  return 100 * ((0.5 * inRangePercent) / 100 + 0.35 * lowFree + 0.15 * steady);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
