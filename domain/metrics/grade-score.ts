// GRADE, glycaemic risk assessment diabetes equation (clinical.md §3.3). Hill 2007 Diabet Med 24:753.

/** The equation's own factor from mg/dL to mmol/L, which isn't that of units.ts: the published coefficients belong to it. */
const MG_PER_DL_PER_MMOL_PER_L = 18;
const MOST = 50;
/** What one reading adds to the sum under GRADE: min(50, 425 (log10(log10(g / 18)) + 0.16)²), g in mg/dL. Without unit. */
export function gradeOf(mgPerDl: number): number {
  // Up to 1 mmol/L the double logarithm has no value; coming down to it the score has long been at its cap.
  const logarithm = Math.max(0, Math.log10(mgPerDl / MG_PER_DL_PER_MMOL_PER_L));
  return Math.min(MOST, 425 * (Math.log10(logarithm) + 0.16) ** 2);
}
