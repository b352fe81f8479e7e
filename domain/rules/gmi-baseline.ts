// A patient's own GMI to compare with: that of their first sufficient window of 14 days (TREND-02; clinical.md §3.1, §3.3).
// Promise: it depends on the first days alone and so never moves, but for readings of those days that come late.
import { addDays, localDayBounds } from '../local-day.ts';
import type { DaySummary } from '../metrics/day-summary.ts';
import { glucoseMetrics } from '../metrics/glucose-metrics.ts';
import { mergeDaySummaries } from '../metrics/merge-day-summaries.ts';
import { FIRST_CGM_DAYS } from './history-rule.ts';

const WINDOW = 14;

/** Percent; undefined where no window of the first days is sufficient. @param first as `PatientHistory.firstCgmDays` */
export function gmiBaseline(first: readonly DaySummary[], timeZone: string): number | undefined {
  if (first.length === 0) return undefined;
  const knownUntil = addDays(first[0]!.day, FIRST_CGM_DAYS);
  for (const { day } of first) {
    const end = addDays(day, WINDOW);
    if (end > knownUntil) return undefined;
    const summaries = first.filter((other) => other.day >= day && other.day < end);
    const [from, to] = [localDayBounds(day, timeZone).startAt, localDayBounds(end, timeZone).startAt];
    const { sufficient, gmiPercent } = glucoseMetrics(mergeDaySummaries(summaries), {
      from,
      to,
      timeZone,
      askedBy: 'days',
    });
    if (sufficient) return gmiPercent;
  }
  return undefined;
}
