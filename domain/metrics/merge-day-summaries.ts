// Many days become one window: 14-day metrics cost fourteen summaries, whatever the history (clinical.md §3.1).
// Promise: the same as summarising the whole window at once, within 1e-9; in day order, so bit-equal for equal summaries.
import { type CadenceGroup, emptyGroup, mergeGroup } from './cadence-group.ts';
import type { DaySummary } from './day-summary.ts';
import { dailyRisk } from './glucose-risk.ts';

export interface WindowSummary {
  /** One a cadence, ascending. */
  readonly groups: readonly Readonly<CadenceGroup>[];
  readonly coveredMin: number;
  readonly daysWithData: number;
  /** Σ over days with data of the day's risk: ADRR is its mean. */
  readonly dailyRiskSum: number;
  readonly firstMeasuredAt?: number;
  readonly lastMeasuredAt?: number;
}

export function mergeDaySummaries(days: readonly DaySummary[]): WindowSummary {
  const groups: CadenceGroup[] = [];
  let coveredMin = 0;
  let daysWithData = 0;
  let dailyRiskSum = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const day of [...days].sort((a, b) => a.day.localeCompare(b.day, 'en'))) {
    coveredMin += day.coveredMin;
    if (day.lowestMgPerDl === undefined || day.highestMgPerDl === undefined) continue;
    daysWithData += 1;
    dailyRiskSum += dailyRisk(day.lowestMgPerDl, day.highestMgPerDl);
    first = Math.min(first, day.firstMeasuredAt!);
    last = Math.max(last, day.lastMeasuredAt!);
    for (const group of day.groups) mergeGroup(groupOf(groups, group.cadenceMin), group);
  }
  groups.sort((a, b) => a.cadenceMin - b.cadenceMin);
  return {
    groups,
    coveredMin,
    daysWithData,
    dailyRiskSum,
    ...(daysWithData > 0 && { firstMeasuredAt: first, lastMeasuredAt: last }),
  };
}

function groupOf(groups: CadenceGroup[], cadenceMin: number): CadenceGroup {
  const known = groups.find((group) => group.cadenceMin === cadenceMin);
  if (known !== undefined) return known;
  const added = emptyGroup(cadenceMin);
  groups.push(added);
  return added;
}
