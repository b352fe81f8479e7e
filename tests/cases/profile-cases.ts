// Worked cases of the ambulatory glucose profile: of a whole window, or of one slot's values over the days.
import { ambulatoryProfile, slotPercentiles } from '../../domain/metrics/ambulatory-profile.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import { type CaseReadings, zoneOf } from './case-input.ts';
import { seriesOf, windowOf } from './case-series.ts';

const NO_PERCENTILES = { p5: null, p25: null, p50: null, p75: null, p95: null };

/** Slots by their local time, as asked by from and to: a window shorter than 14 d may be looked at too. */
function profile(input: CaseReadings) {
  const series = seriesOf(input);
  const window = windowOf(input, series);
  const timeZone = zoneOf(input);
  const summary = mergeDaySummaries(summariseDays(series, window, timeZone));
  const found = ambulatoryProfile(summary, { ...window, timeZone, askedBy: 'range' }, series);
  const slots = found.slots?.map(({ minuteOfDay, dayCount, percentilesMgPerDl }) => [
    clock(minuteOfDay),
    { days: dayCount, ...(percentilesMgPerDl ?? NO_PERCENTILES) },
  ]);
  return {
    slots: slots && Object.fromEntries(slots),
    slot_count: slots?.length ?? 0,
    slot_min: found.slotMin,
    days_with_data: found.daysWithData,
    active_percent: found.activePercent,
    sufficient: found.sufficient,
    short_window: found.shortWindow === true,
    reported: slots !== undefined,
  };
}

function clock(minutes: number): string {
  return [minutes / 60, minutes % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}

function percentiles({ values }: { values: (number | null)[] }) {
  const present = values.filter((value) => value !== null);
  return { n: present.length, ...(slotPercentiles(present) ?? NO_PERCENTILES) };
}

export const profileCases = { 'cgm.agp': profile, 'agp.percentiles': percentiles };
