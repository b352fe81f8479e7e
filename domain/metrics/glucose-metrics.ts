// The answer of `glucose-metrics`: what a window of CGM readings says, and what it holds too little for (clinical.md §3).
// Promise: absent is absent, never 0 or NaN; GMI and GRI are withheld where the window is insufficient.
import type { GlucoseBand } from '../glucose-class.ts';
import type { Window } from '../local-day.ts';
import { mmolPerLFromMgPerDl } from '../units.ts';
import { cvPercent } from './coefficient-of-variation.ts';
import { cogi } from './cogi.ts';
import { eA1cPercent } from './ea1c.ts';
import { gmiMmolPerMol, gmiPercent } from './gmi.ts';
import { type GriZone, gri, griZone } from './gri.ts';
import type { GridMetrics } from './grid-metrics.ts';
import { jIndex } from './j-index.ts';
import type { WindowSummary } from './merge-day-summaries.ts';
import { type AdrrBand, adrrBand, type HbgiBand, hbgiBand, type LbgiBand, lbgiBand } from './risk-bands.ts';
import { judgeSufficiency } from './sufficiency.ts';
import { weightedStatistics } from './weighted-statistics.ts';

export interface MetricsRequest extends Window {
  readonly timeZone: string;
  /** `range`: by from and to. Only then a window too short for 14-day figures shows them, marked `shortWindow` (§3.1). */
  readonly askedBy: 'days' | 'range';
}

/** Percentages 0–100, unrounded; `from` and `to` epoch ms. */
export interface GlucoseMetrics extends GridMetrics {
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
  readonly gmiMmolPerMol?: number;
  /** Of ADAG, made for fingersticks: never beside GMI without labels. */
  readonly eA1cPercent?: number;
  readonly gri?: number;
  readonly griZone?: GriZone;
  readonly lbgi?: number;
  readonly lbgiBand?: LbgiBand;
  readonly hbgi?: number;
  readonly hbgiBand?: HbgiBand;
  readonly adrr?: number;
  readonly adrrBand?: AdrrBand;
  readonly jIndex?: number;
  readonly mValue?: number;
  readonly grade?: number;
  readonly cogi?: number;
  /** 70–140 mg/dL: percent of time, readings, minutes. */
  readonly tightRangePercent?: number;
  readonly tightRangeCount?: number;
  readonly tightRangeMinutes?: number;
  /** Percent of time, readings, and minutes: readings times their cadence. */
  readonly timeInRange?: Readonly<Record<GlucoseBand, number>>;
  readonly countInRange?: Readonly<Record<GlucoseBand, number>>;
  readonly minutesInRange?: Readonly<Record<GlucoseBand, number>>;
}

/** @param grid of `gridMetrics` over the same window's readings; without it what it holds is absent */
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
  const { tightRangePercent, tightRangeCount, tightRangeMinutes, countInRange, minutesInRange } = statistics;
  const { lbgi, hbgi, mValue, grade } = statistics;
  const adrr = summary.dailyRiskSum / summary.daysWithData;
  const riskIndex = gri(timeInRange);
  const meanMmolPerL = mmolPerLFromMgPerDl(meanMgPerDl);
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
    meanMmolPerL,
    ...(sdMgPerDl !== undefined && {
      sdMgPerDl,
      cvPercent: cvPercent(meanMgPerDl, sdMgPerDl),
      jIndex: jIndex(meanMgPerDl, sdMgPerDl),
      cogi: cogi(timeInRange.inRange, timeInRange.veryLow + timeInRange.low, sdMgPerDl),
    }),
    ...((sufficient || markShort) && {
      gmiPercent: gmiPercent(meanMgPerDl),
      gmiMmolPerMol: gmiMmolPerMol(meanMmolPerL),
      gri: riskIndex,
      griZone: griZone(riskIndex),
    }),
    eA1cPercent: eA1cPercent(meanMgPerDl),
    lbgi,
    lbgiBand: lbgiBand(lbgi),
    hbgi,
    hbgiBand: hbgiBand(hbgi),
    adrr,
    adrrBand: adrrBand(adrr),
    mValue,
    grade,
    ...grid,
    tightRangePercent,
    tightRangeCount,
    tightRangeMinutes,
    timeInRange,
    countInRange,
    minutesInRange,
  };
}
