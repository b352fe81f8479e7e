// 14-day targets for times in range, by patient group (clinical.md §3.8; Battelino 2019, Asia-Pacific consensus 2023).
// Promise: comparisons are strict, so 70.0 % in range does not meet "> 70"; a group without a target for a band misses nothing.
import type { GlucoseBand } from '../glucose-class.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';

export const RISK_GROUPS = ['standard', 'older_high_risk'] as const;
export type RiskGroup = (typeof RISK_GROUPS)[number];

/** Percent of time. In range is to lie above its line, everything else below. */
export interface GlucoseTargets {
  readonly inRangeAbove: number;
  /** < 70 mg/dL, very low included. */
  readonly belowRangeUnder: number;
  /** < 54 mg/dL. */
  readonly veryLowUnder?: number;
  /** > 180 mg/dL, very high included. */
  readonly aboveRangeUnder: number;
  /** > 250 mg/dL. */
  readonly veryHighUnder: number;
}

export const GLUCOSE_TARGETS: Readonly<Record<RiskGroup, GlucoseTargets>> = {
  standard: { inRangeAbove: 70, belowRangeUnder: 4, veryLowUnder: 1, aboveRangeUnder: 25, veryHighUnder: 5 },
  older_high_risk: { inRangeAbove: 50, belowRangeUnder: 1, aboveRangeUnder: 50, veryHighUnder: 10 },
};

export type MissedTarget = 'inRange' | 'belowRange' | 'veryLow' | 'aboveRange' | 'veryHigh';

/** The targets that a sufficient window misses, in the order of `GlucoseTargets`. */
export function missedTargets(percent: Readonly<Record<GlucoseBand, number>>, group: RiskGroup): MissedTarget[] {
  const targets = GLUCOSE_TARGETS[group];
  const missed: [MissedTarget, boolean][] = [
    ['inRange', !(withoutFloatNoise(percent.inRange) > targets.inRangeAbove)],
    ['belowRange', !(withoutFloatNoise(percent.veryLow + percent.low) < targets.belowRangeUnder)],
    ['veryLow', targets.veryLowUnder !== undefined && !(withoutFloatNoise(percent.veryLow) < targets.veryLowUnder)],
    ['aboveRange', !(withoutFloatNoise(percent.high + percent.veryHigh) < targets.aboveRangeUnder)],
    ['veryHigh', !(withoutFloatNoise(percent.veryHigh) < targets.veryHighUnder)],
  ];
  return missed.filter(([, isMissed]) => isMissed).map(([target]) => target);
}
