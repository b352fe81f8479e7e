// What a fortnight of fingersticks comes to (clinical.md §4.2).
// Promise: never a time in range; mean and eA1c only with at least 3 readings a day on at least 7 days, else absent.
import { mean } from 'simple-statistics';
import { mgPerDlOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import { localDayNumberOf, type Window } from '../local-day.ts';
import { eA1cPercent } from '../metrics/ea1c.ts';
import { mmolPerLFromMgPerDl } from '../units.ts';

const ENOUGH_A_DAY = 3;
const ENOUGH_DAYS = 7;

export interface FingerstickSummary extends Window {
  readonly timeZone: string;
  readonly count: number;
  /** LO and HI, which count as bounds (§4.1). */
  readonly clippedCount: number;
  readonly daysWithData: number;
  /** Local days with at least 3 readings. */
  readonly fullDays: number;
  /** At least 7 such days. */
  readonly sufficient: boolean;
  readonly meanMgPerDl?: number;
  readonly meanMmolPerL?: number;
  readonly eA1cPercent?: number;
}

/** @param smbg one series a meter, each de-duplicated; @param window 14 days as a rule; rows outside are ignored */
export function fingerstickSummary(
  smbg: readonly GlucoseSeries[],
  window: Window,
  timeZone: string,
): FingerstickSummary {
  const rows: { measuredAt: number; mgPerDl: number }[] = [];
  const perDay = new Map<number, number>();
  let clippedCount = 0;
  for (const { length, measuredAt, value, meta } of smbg) {
    for (let row = 0; row < length; row++) {
      const at = measuredAt[row]!;
      if (at < window.from || at >= window.to) continue;
      rows.push({ measuredAt: at, mgPerDl: mgPerDlOf(value[row]!, meta[row]!) });
      if ((meta[row]! & (META.low | META.high)) !== 0) clippedCount += 1;
      const day = localDayNumberOf(at, timeZone);
      perDay.set(day, (perDay.get(day) ?? 0) + 1);
    }
  }
  const fullDays = [...perDay.values()].filter((count) => count >= ENOUGH_A_DAY).length;
  const sufficient = fullDays >= ENOUGH_DAYS;
  const head = { from: window.from, to: window.to, timeZone };
  const counts = { count: rows.length, clippedCount, daysWithData: perDay.size, fullDays, sufficient };
  if (!sufficient) return { ...head, ...counts };
  // Floating sums depend on order, which two meters must not decide.
  const values = rows
    .sort((a, b) => a.measuredAt - b.measuredAt || a.mgPerDl - b.mgPerDl)
    .map(({ mgPerDl }) => mgPerDl);
  const meanMgPerDl = mean(values);
  return {
    ...head,
    ...counts,
    meanMgPerDl,
    meanMmolPerL: mmolPerLFromMgPerDl(meanMgPerDl),
    eA1cPercent: eA1cPercent(meanMgPerDl),
  };
}
