// This period against the one before (clinical.md §3.8): a change of 5 points in range or of 0.5 % GMI in one person is meaningful.
// Promise: periods are compared only where both are sufficient; absent figures change nothing.
import { withoutFloatNoise } from '../without-float-noise.ts';
import type { GlucoseMetrics } from './glucose-metrics.ts';

const MEANINGFUL_POINTS = 5;
const MEANINGFUL_GMI_PERCENT = 0.5;

/** Present minus previous. */
export interface PeriodChange {
  /** Percentage points of time, and %. */
  readonly inRangePoints: number;
  readonly belowRangePoints: number;
  readonly aboveRangePoints: number;
  readonly gmiPercent: number;
  readonly meanMgPerDl: number;
  /** 5 points or more, either way; 0.5 % or more, either way. */
  readonly meaningfulInRange: boolean;
  readonly meaningfulGmi: boolean;
}

type Compared = Pick<GlucoseMetrics, 'sufficient' | 'timeInRange' | 'gmiPercent' | 'meanMgPerDl'>;

/** Undefined where either window is insufficient. */
export function periodChange(present: Compared, previous: Compared): PeriodChange | undefined {
  if (!present.sufficient || !previous.sufficient) return undefined;
  const [now, before] = [present.timeInRange, previous.timeInRange];
  if (now === undefined || before === undefined) return undefined;
  if (present.gmiPercent === undefined || previous.gmiPercent === undefined) return undefined;
  if (present.meanMgPerDl === undefined || previous.meanMgPerDl === undefined) return undefined;
  const inRangePoints = now.inRange - before.inRange;
  const gmiPercent = present.gmiPercent - previous.gmiPercent;
  return {
    inRangePoints,
    belowRangePoints: now.veryLow + now.low - before.veryLow - before.low,
    aboveRangePoints: now.veryHigh + now.high - before.veryHigh - before.high,
    gmiPercent,
    meanMgPerDl: present.meanMgPerDl - previous.meanMgPerDl,
    meaningfulInRange: withoutFloatNoise(Math.abs(inRangePoints)) >= MEANINGFUL_POINTS,
    meaningfulGmi: withoutFloatNoise(Math.abs(gmiPercent)) >= MEANINGFUL_GMI_PERCENT,
  };
}
