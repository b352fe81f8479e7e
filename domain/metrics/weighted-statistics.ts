// Means, SD and shares over readings of several cadences (clinical.md §3.1).
// Promise: each reading weighs its device's nominal interval; with one cadence that is the plain count; nothing is ever NaN.
import { GLUCOSE_BANDS, type GlucoseBand } from '../glucose-class.ts';
import type { CadenceGroup } from './cadence-group.ts';

export interface WeightedStatistics {
  readonly count: number;
  readonly clippedCount: number;
  readonly meanMgPerDl: number;
  /** Sample SD; from two readings on. */
  readonly sdMgPerDl?: number;
  /** Five disjoint bands, percent; they sum to 100. */
  readonly timeInRange: Readonly<Record<GlucoseBand, number>>;
  /** The same as readings, and as minutes: readings times their cadence. */
  readonly countInRange: Readonly<Record<GlucoseBand, number>>;
  readonly minutesInRange: Readonly<Record<GlucoseBand, number>>;
  readonly tightRangePercent: number;
  readonly tightRangeCount: number;
  readonly tightRangeMinutes: number;
  readonly lbgi: number;
  readonly hbgi: number;
  readonly mValue: number;
  readonly grade: number;
}

/** Undefined where there is no reading. */
export function weightedStatistics(groups: readonly Readonly<CadenceGroup>[]): WeightedStatistics | undefined {
  const total = (of: (group: Readonly<CadenceGroup>) => number) => groups.reduce((sum, group) => sum + of(group), 0);
  const count = total((group) => group.count);
  if (count === 0) return undefined;
  const weight = total(({ cadenceMin, count }) => cadenceMin * count);
  const weighted = (of: (group: Readonly<CadenceGroup>) => number) => total((group) => group.cadenceMin * of(group));
  // As a distance from the first group's mean, so that one cadence gives that mean to the last bit.
  const base = groups.find((group) => group.count > 0)!.meanMgPerDl;
  const meanMgPerDl = base + weighted((group) => group.count * (group.meanMgPerDl - base)) / weight;
  const bands = (sum: typeof total) =>
    Object.fromEntries(
      GLUCOSE_BANDS.map((band, index) => [band, sum(({ bandCounts }) => bandCounts[index]!)]),
    ) as Record<GlucoseBand, number>;
  const minutesInRange = bands(weighted);
  const tightRangeMinutes = weighted((group) => group.tightCount);
  return {
    count,
    clippedCount: total((group) => group.clippedCount),
    meanMgPerDl,
    ...(count > 1 && { sdMgPerDl: Math.sqrt(sampleVariance(groups, weight, meanMgPerDl)) }),
    timeInRange: bands((of) => (100 * weighted(of)) / weight),
    countInRange: bands(total),
    minutesInRange,
    tightRangePercent: (100 * tightRangeMinutes) / weight,
    tightRangeCount: total((group) => group.tightCount),
    tightRangeMinutes,
    lbgi: weighted((group) => group.lowRiskSum) / weight,
    hbgi: weighted((group) => group.highRiskSum) / weight,
    mValue: weighted((group) => group.mValueSum) / weight,
    grade: weighted((group) => group.gradeSum) / weight,
  };
}

/** Σ w(g − mean)² / (Σw − Σw²/Σw), unbiased for weights that are not counts; with one cadence it is Σ(g − mean)² / (n − 1). */
function sampleVariance(groups: readonly Readonly<CadenceGroup>[], weight: number, mean: number): number {
  let squares = 0;
  let squaredWeights = 0;
  for (const { cadenceMin, count, meanMgPerDl, m2 } of groups) {
    if (count === 0) continue;
    const delta = meanMgPerDl - mean;
    squares += cadenceMin * (m2 + count * delta * delta);
    squaredWeights += cadenceMin * cadenceMin * count;
  }
  return squares / (weight - squaredWeights / weight);
}
