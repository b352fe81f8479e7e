// Weeks of a patient as rules saw them at an instant: what was read by whole local days, without what was measured or done afterwards.
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { type DaySummary, summariseDay } from '../../domain/metrics/day-summary.ts';
import type { PatientHistory } from '../../domain/rules/history-rule.ts';

/** @param at epoch ms; @param cgm readings of the local day of `at`, up to it */
export function historyUpTo(
  history: PatientHistory,
  at: number,
  timeZone: string,
  cgm: readonly GlucoseSeries[],
): PatientHistory {
  const today = localDayOf(at, timeZone);
  const { startAt } = localDayBounds(today, timeZone);
  const partOfToday = summariseDay(cgm, today, timeZone, { from: startAt, to: at + 1 });
  const cut = (days: readonly DaySummary[]) =>
    days.flatMap((summary) => {
      if (summary.day < today) return [summary];
      return summary.day === today && partOfToday.groups.length > 0 ? [partOfToday] : [];
    });
  const cgmDays = cut(history.cgmDays);
  const smbg = seriesUpTo(history.smbg, at);
  const bp = history.bp.filter(({ measuredAt }) => measuredAt <= at);
  const known = {
    cgm: cgmDays.at(-1)?.lastMeasuredAt,
    smbg: newestOf(smbg),
    bp: bp.at(-1)?.measuredAt,
  };
  const lastAt = (kind: keyof typeof known) => {
    const last = history.lastAt[kind];
    // What was newest then is not told; what the weeks before hold is.
    return last !== undefined && last > at ? known[kind] : last;
  };
  const { firstCgmAt } = history;
  return {
    ...history,
    cgmDays,
    firstCgmDays: cut(history.firstCgmDays),
    cgm: seriesUpTo(history.cgm, at),
    smbg,
    bp,
    lastAt: present({ cgm: lastAt('cgm'), smbg: lastAt('smbg'), bp: lastAt('bp') }),
    ...(firstCgmAt !== undefined && firstCgmAt > at && { firstCgmAt: undefined }),
    care: { ...history.care, visits: history.care.visits.filter((visit) => visit.at <= at) },
  };
}

function seriesUpTo(list: readonly GlucoseSeries[], at: number): GlucoseSeries[] {
  return list.map((series) => {
    let { length } = series;
    while (length > 0 && series.measuredAt[length - 1]! > at) length -= 1;
    return length === series.length ? series : { ...series, length };
  });
}

function newestOf(list: readonly GlucoseSeries[]): number | undefined {
  const ends = list.flatMap(({ length, measuredAt }) => (length === 0 ? [] : measuredAt[length - 1]!));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

const present = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
