// Coefficient of variation (clinical.md §3.3): up to 36 % counts as stable (Battelino 2019).

/** %: 100 SD / mean. SD is the sample's (n − 1), of the same unit as the mean. */
export function cvPercent(mean: number, sd: number): number {
  return (100 * sd) / mean;
}
