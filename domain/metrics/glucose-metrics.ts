// The answer of `glucose-metrics`: what a window of CGM readings says, and what it holds too little for (clinical.md §3).
// Promise: absent is absent, never 0 or NaN; GMI and GRI are withheld where the window is insufficient.
import type { GlucoseBand } from '../glucose-class.ts';
import type { Window } from '../local-day.ts';
import { mmolPerLFromMgPerDl } from '../units.ts';
import { cvPercent } from './coefficient-of-variation.ts';
import { eA1cPercent } from './ea1c.ts';
import { gmiPercent } from './gmi.ts';
import { gri } from './gri.ts';
import type { GridMetrics } from './grid-metrics.ts';
import { jIndex } from './j-index.ts';
import type { WindowSummary } from './merge-day-summaries.ts';
import { judgeSufficiency } from './sufficiency.ts';
import { weightedStatistics } from './weighted-statistics.ts';

export interface MetricsRequest extends Window {
  readonly timeZone: string;
  /** `range`: by from and to. Only then a window too short for 14-day figures shows them, marked `shortWindow` (§3.1). */
  readonly askedBy: 'days' | 'range';
}

/** Percentages 0–100, unrounded; `from` and `to` epoch ms. */
export interface GlucoseMetrics {
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  readonly count: number;
  /** Readings that count as a bound because they were off the sensor's scale: mean, SD and what follows are bounds then. */
  readonly clippedCount: number;
  readonly daysWithData: number;
  readonly activePercent: number;
  readonly sufficient: boolean;
  readonly shortWindow?: true;
  readonly meanMgPerDl?: number;
  readonly meanMmolPerL?: number;
  readonly sdMgPerDl?: number;
  readonly cvPercent?: number;
  readonly gmiPercent?: number;
  readonly eA1cPercent?: number;
  readonly gri?: number;
  readonly lbgi?: number;
  readonly hbgi?: number;
  readonly adrr?: number;
  readonly mage?: number;
  readonly modd?: number;
  readonly conga24?: number;
  readonly jIndex?: number;
  readonly tightRangePercent?: number;
  readonly timeInRange?: Readonly<Record<GlucoseBand, number>>;
}

/** @param grid of `gridMetrics` over the same window's readings; without it `mage`, `modd`, `conga24` are absent */
export function glucoseMetrics(
  summary: WindowSummary,
  request: MetricsRequest,
  grid: GridMetrics = {},
): GlucoseMetrics {
  const { from, to, timeZone, askedBy } = request;
  const { activePercent, sufficient, shortWindow } = judgeSufficiency(summary.coveredMin, (to - from) / 60_000);
  const statistics = weightedStatistics(summary.groups);
  const asked = { from, to, timeZone };
  if (statistics === undefined) {
    return { ...asked, count: 0, clippedCount: 0, daysWithData: 0, activePercent: 0, sufficient: false };
  }
  const { count, clippedCount, meanMgPerDl, sdMgPerDl, timeInRange } = statistics;
  const { tightRangePercent, lbgi, hbgi } = statistics;
  const markShort = shortWindow && askedBy === 'range';
  return {
    ...asked,
    count,
    clippedCount,
    daysWithData: summary.daysWithData,
    activePercent,
    sufficient,
    ...(markShort && { shortWindow: true }),
    meanMgPerDl,
    meanMmolPerL: mmolPerLFromMgPerDl(meanMgPerDl),
    ...(sdMgPerDl !== undefined && {
      sdMgPerDl,
      cvPercent: cvPercent(meanMgPerDl, sdMgPerDl),
      jIndex: jIndex(meanMgPerDl, sdMgPerDl),
    }),
    ...((sufficient || markShort) && { gmiPercent: gmiPercent(meanMgPerDl), gri: gri(timeInRange) }),
    eA1cPercent: eA1cPercent(meanMgPerDl),
    lbgi,
    hbgi,
    adrr: summary.dailyRiskSum / summary.daysWithData,
    ...grid,
    tightRangePercent,
    timeInRange,
  };
}
