// Kovatchev's risk function and what is made of it: LBGI, HBGI, ADRR (clinical.md §3.4).
// Kovatchev 1997 Diabetes Care 20:1655, 2006 Diabetes Care 29:2433. ADRR is patented by UVA: check before it is displayed.

/** 10 × 1.509², rounded as iglu has it; unrounded it is 22.77081, 3.6e-5 more. */
const RISK_SCALE = 22.77;
const EXPONENT = 1.084;
const SHIFT = 5.381;

/** f(g) = ln(g)^1.084 − 5.381, g in mg/dL: negative below about 112.5, positive above. */
export function symmetrised(mgPerDl: number): number {
  // Below 1 mg/dL, which only a waived check lets through, the power has no real value.
  return Math.log(Math.max(mgPerDl, 1)) ** EXPONENT - SHIFT;
}

/** What one reading adds to the sum under LBGI: 22.77 min(f, 0)². Without unit. */
export function lowRisk(symmetrisedValue: number): number {
  const below = Math.min(symmetrisedValue, 0);
  return RISK_SCALE * below * below;
}

/** What one reading adds to the sum under HBGI: 22.77 max(f, 0)². Without unit. */
export function highRisk(symmetrisedValue: number): number {
  const above = Math.max(symmetrisedValue, 0);
  return RISK_SCALE * above * above;
}

/** A local day's share in ADRR: the high risk of its highest value plus the low risk of its lowest. ADRR is the mean over days. */
export function dailyRisk(lowestMgPerDl: number, highestMgPerDl: number): number {
  return highRisk(symmetrised(highestMgPerDl)) + lowRisk(symmetrised(lowestMgPerDl));
}
