// Percentiles as R computes them.

/** Type 7, R's default (Hyndman & Fan 1996, Am Stat 50:361), of ascending values, at least one; simple-statistics has another type. */
export function percentileOf(sorted: readonly number[], percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (position - below);
}
