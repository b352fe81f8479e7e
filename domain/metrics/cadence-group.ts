// Sums over the readings of one cadence: what means, SD, bands and risk indices are made of, and how two of them become one.
// Promise: fed in time order, equal readings give bit-equal sums; merging equals feeding everything within 1e-9 (Chan 1983).
import { bandIndexOf, isTightRangeOf, mgPerDlOf } from '../glucose-class.ts';
import { META } from '../glucose-series.ts';
import { highRisk, lowRisk, symmetrised } from './glucose-risk.ts';
import { gradeOf } from './grade-score.ts';
import { mValueOf } from './m-value.ts';

/** JSON-able; all glucose in mg/dL, unrounded. */
export interface CadenceGroup {
  cadenceMin: number;
  count: number;
  /** Of `count`: LOW and HIGH codes, which enter sums as bounds (clinical.md §1.4). */
  clippedCount: number;
  /** Readings per band, in the order of `GLUCOSE_BANDS`. */
  bandCounts: [number, number, number, number, number];
  tightCount: number;
  /** 0 while there is no reading. */
  meanMgPerDl: number;
  /** Σ (g − mean)². */
  m2: number;
  /** Σ 22.77 min(f, 0)² and Σ 22.77 max(f, 0)². */
  lowRiskSum: number;
  highRiskSum: number;
  /** Σ of what each reading adds to the M-value and to GRADE. */
  mValueSum: number;
  gradeSum: number;
}

export function emptyGroup(cadenceMin: number): CadenceGroup {
  return {
    cadenceMin,
    count: 0,
    clippedCount: 0,
    bandCounts: [0, 0, 0, 0, 0],
    tightCount: 0,
    meanMgPerDl: 0,
    m2: 0,
    lowRiskSum: 0,
    highRiskSum: 0,
    mValueSum: 0,
    gradeSum: 0,
  };
}

/** Adds one row of a GlucoseSeries and answers its mg/dL. */
export function addToGroup(group: CadenceGroup, value: number, meta: number): number {
  const mgPerDl = mgPerDlOf(value, meta);
  // Welford 1962: never negative and exactly zero for a constant trace, where Σg² − (Σg)²/n would leave noise.
  const delta = mgPerDl - group.meanMgPerDl;
  group.m2 += (delta * delta * group.count) / (group.count + 1);
  group.count += 1;
  group.meanMgPerDl += delta / group.count;
  group.bandCounts[bandIndexOf(value, meta)] += 1;
  if (isTightRangeOf(value, meta)) group.tightCount += 1;
  if ((meta & (META.low | META.high)) !== 0) group.clippedCount += 1;
  const f = symmetrised(mgPerDl);
  group.lowRiskSum += lowRisk(f);
  group.highRiskSum += highRisk(f);
  group.mValueSum += mValueOf(mgPerDl);
  group.gradeSum += gradeOf(mgPerDl);
  return mgPerDl;
}

/** Adds the sums of `from` to `into`, which must have the same cadence. */
export function mergeGroup(into: CadenceGroup, from: Readonly<CadenceGroup>): void {
  if (from.count === 0) return;
  if (into.count === 0) {
    // Copied: (mean × n) / n isn't always the mean, and a constant trace would have an SD.
    Object.assign(into, { ...from, bandCounts: [...from.bandCounts] });
    return;
  }
  const count = into.count + from.count;
  const delta = from.meanMgPerDl - into.meanMgPerDl;
  into.m2 += from.m2 + (delta * delta * into.count * from.count) / count;
  into.meanMgPerDl += (delta * from.count) / count;
  into.count = count;
  into.clippedCount += from.clippedCount;
  for (let band = 0; band < into.bandCounts.length; band++) into.bandCounts[band]! += from.bandCounts[band]!;
  into.tightCount += from.tightCount;
  into.lowRiskSum += from.lowRiskSum;
  into.highRiskSum += from.highRiskSum;
  into.mValueSum += from.mValueSum;
  into.gradeSum += from.gradeSum;
}
