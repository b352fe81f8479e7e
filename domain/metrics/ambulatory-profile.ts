// The ambulatory glucose profile: how a patient's days lie one upon another (clinical.md §3.5; Johnson 2019 doi 10.1089/dia.2019.0034).
// Promise: exact percentiles of the grid, nothing smoothed; withheld where the window is insufficient (§3.1).
import type { GlucoseSeries } from '../glucose-series.ts';
import { localDayNumberOf, localMinuteOfDay } from '../local-day.ts';
import { percentileOf } from '../percentile-of.ts';
import { glucoseGrid } from './glucose-grid.ts';
import type { MetricsRequest } from './glucose-metrics.ts';
import { gridSlotMin } from './grid-slot.ts';
import type { WindowSummary } from './merge-day-summaries.ts';
import { singleTrace } from './single-trace.ts';
import { judgeSufficiency } from './sufficiency.ts';

const PERCENTILES = { p5: 5, p25: 25, p50: 50, p75: 75, p95: 95 } as const;
/** With fewer a slot has no percentiles. */
const FEWEST_DAYS = 5;

export type ProfilePercentiles = Readonly<Record<keyof typeof PERCENTILES, number>>;

export interface ProfileSlot {
  /** Local time at which the slot lies, minutes since 00:00: 5 … 1440, or 15 … 1440. */
  readonly minuteOfDay: number;
  /** Days with a value there. */
  readonly dayCount: number;
  /** Absent with fewer than five days. */
  readonly percentilesMgPerDl?: ProfilePercentiles;
}

export interface AmbulatoryProfile {
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  readonly daysWithData: number;
  readonly activePercent: number;
  readonly sufficient: boolean;
  readonly shortWindow?: true;
  readonly slotMin?: number;
  /** All slots of a day, ascending; absent where the window is insufficient. */
  readonly slots?: readonly ProfileSlot[];
}

/** @param cgm the window's readings, one series a device, each de-duplicated and ascending; rows outside are ignored */
export function ambulatoryProfile(
  summary: WindowSummary,
  request: MetricsRequest,
  cgm: readonly GlucoseSeries[],
): AmbulatoryProfile {
  const { from, to, timeZone, askedBy } = request;
  const { activePercent, sufficient, shortWindow } = judgeSufficiency(summary.coveredMin, (to - from) / 60_000);
  const markShort = shortWindow && askedBy === 'range';
  const { daysWithData } = summary;
  const head = {
    from,
    to,
    timeZone,
    daysWithData,
    activePercent,
    sufficient,
    ...(markShort && { shortWindow: true as const }),
  };
  if (!sufficient && !markShort) return head;
  const slotMin = gridSlotMin(cgm, request);
  return { ...head, slotMin, slots: profileSlots(cgm, request, slotMin) };
}

function profileSlots(cgm: readonly GlucoseSeries[], request: MetricsRequest, slotMin: number): ProfileSlot[] {
  const { timeZone } = request;
  const slots = Array.from({ length: (24 * 60) / slotMin }, () => ({
    values: [] as number[],
    days: new Set<number>(),
  }));
  const grid = glucoseGrid(singleTrace(cgm, request), slotMin, timeZone);
  for (const [index, mgPerDl] of (grid?.mgPerDl ?? []).entries()) {
    if (grid === undefined || Number.isNaN(mgPerDl)) continue;
    // The slot at 24:00 is the last of the day that ends, so each is looked up an instant before. Where clocks are put back an hour of
    // the day comes twice: two values, one day.
    const before = grid.startAt + (index + 1) * slotMin * 60_000 - 1;
    const slot = slots[Math.floor(localMinuteOfDay(before, timeZone) / slotMin)];
    slot?.values.push(mgPerDl);
    slot?.days.add(localDayNumberOf(before, timeZone));
  }
  return slots.map(({ values, days }, index) => {
    const percentilesMgPerDl = slotPercentiles(values, days.size);
    return {
      minuteOfDay: (index + 1) * slotMin,
      dayCount: days.size,
      ...(percentilesMgPerDl && { percentilesMgPerDl }),
    };
  });
}

/** Of one slot's values over the days, in their unit; undefined with fewer than five days. */
export function slotPercentiles(values: readonly number[], dayCount = values.length): ProfilePercentiles | undefined {
  if (dayCount < FEWEST_DAYS) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const { p5, p25, p50, p75, p95 } = PERCENTILES;
  const at = (percent: number) => percentileOf(sorted, percent);
  return { p5: at(p5), p25: at(p25), p50: at(p50), p75: at(p75), p95: at(p95) };
}
