// M-value (clinical.md §3.3). Schlichtkrull 1965. Its mean over readings is merged like the other sums of cadence-group.ts.

const REFERENCE_MG_PER_DL = 90;

/** What one reading adds to the sum under the M-value: 1000 |log10(g / 90)|³, g in mg/dL above 0. Without unit. */
export function mValueOf(mgPerDl: number): number {
  return 1000 * Math.abs(Math.log10(mgPerDl / REFERENCE_MG_PER_DL)) ** 3;
}
