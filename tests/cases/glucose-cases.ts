// Worked cases of glucose: units, classes, windows, CGM metrics, trend.
import { glucoseBand, mgPerDlOf } from '../../domain/glucose-class.ts';
import { localDayOf, localMinuteOfDay } from '../../domain/local-day.ts';
import { automaticActivePercent } from '../../domain/metrics/automatic-active.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { glucoseMetrics } from '../../domain/metrics/glucose-metrics.ts';
import { gmiPercent } from '../../domain/metrics/gmi.ts';
import { gri, griZone, uncappedGri } from '../../domain/metrics/gri.ts';
import { gridMetrics } from '../../domain/metrics/grid-metrics.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import { isUrgentLowSoon, predictedMgPerDl, rateOfChange, trendArrow } from '../../domain/metrics/rate-of-change.ts';
import { singleTrace } from '../../domain/metrics/single-trace.ts';
import { judgeSufficiency } from '../../domain/metrics/sufficiency.ts';
import { weightedStatistics } from '../../domain/metrics/weighted-statistics.ts';
import type { GlucoseUnit } from '../../domain/reading.ts';
import { displayGlucose, mgPerDlFromMmolPerL, toMgPerDl, toMmolPerL } from '../../domain/units.ts';
import { type CaseReadings, seriesOf, windowOf } from './case-input.ts';

/** camelCase names of ours as the cases write them. */
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const ARROW_NAMES = { flat: 'flat', riseSlow: 'rise_slow', rise: 'rise', riseRapid: 'rise_rapid' } as const;
const arrowName = (arrow: string) => ARROW_NAMES[arrow as keyof typeof ARROW_NAMES] ?? snake(arrow);

function convert({ value, from, to }: { value: number; from: GlucoseUnit; to: GlucoseUnit }) {
  const converted = to === 'mg/dL' ? toMgPerDl(value, from) : toMmolPerL(value, from);
  return { value: converted, display: displayGlucose(converted, to) };
}

function classify({ unit, values }: { unit: GlucoseUnit; values: number[] }) {
  return {
    classes: values.map((value) => snake(glucoseBand(value, unit))),
    mgdl_rounded: values.map((value) => Math.round(unit === 'mmol/L' ? mgPerDlFromMmolPerL(value) : value)),
  };
}

function metrics(input: CaseReadings) {
  const series = seriesOf(input);
  const window = windowOf(input, series);
  const timeZone = input.tz ?? 'Asia/Shanghai';
  const summary = mergeDaySummaries(summariseDays(series, window, timeZone));
  const reported = glucoseMetrics(
    summary,
    { ...window, timeZone, askedBy: 'days' },
    gridMetrics(series, window, timeZone),
  );
  // A case's plain `gri` and `gmi` are the formulas over whatever there is; `gmi_reported` is what a window of 14 d would show.
  const bands = weightedStatistics(summary.groups)?.timeInRange;
  const gmi = reported.meanMgPerDl === undefined ? undefined : gmiPercent(reported.meanMgPerDl);
  const trace = singleTrace(series, window);
  const unweighted = weightedStatistics(summary.groups.map((group) => ({ ...group, cadenceMin: 1 })));
  return {
    n: reported.count,
    clipped: reported.clippedCount,
    below_54: bands?.veryLow,
    below_70: bands && bands.veryLow + bands.low,
    in_range_70_180: bands?.inRange,
    in_range_70_140: reported.tightRangePercent,
    above_180: bands && bands.high + bands.veryHigh,
    above_250: bands?.veryHigh,
    in_range_unweighted: unweighted?.timeInRange.inRange,
    mean_mgdl: reported.meanMgPerDl,
    mean_mmol: reported.meanMmolPerL,
    mean_unweighted: unweighted?.meanMgPerDl,
    sd: reported.sdMgPerDl,
    cv: reported.cvPercent,
    gmi,
    gmi_raw: gmi,
    gmi_reported: reported.gmiPercent,
    ea1c: reported.eA1cPercent,
    j_index: reported.jIndex,
    gri: bands && gri(bands),
    gri_uncapped: bands && uncappedGri(bands),
    gri_reported: reported.gri,
    lbgi: reported.lbgi,
    hbgi: reported.hbgi,
    adrr: reported.adrr,
    mage: reported.mage,
    modd: reported.modd,
    conga24: reported.conga24,
    active_percent: reported.activePercent,
    ordered_values: series.flatMap((one) => Array.from(one.value, (value, row) => mgPerDlOf(value, one.meta[row]!))),
    slope_mgdl_min: rateOfChange(trace, trace.measuredAt.at(-1) ?? 0),
  };
}

function griComponents(input: { very_low: number; low: number; very_high: number; high: number }) {
  const percent = { veryLow: input.very_low, low: input.low, veryHigh: input.very_high, high: input.high };
  return { gri: gri(percent), gri_uncapped: uncappedGri(percent), zone: griZone(gri(percent)) };
}

function cgmWindow({ days, cadence_min, n_slots }: { days: number; cadence_min: number; n_slots: number }) {
  const { activePercent, sufficient } = judgeSufficiency(n_slots * cadence_min, days * 1440);
  return { expected_slots: (days * 1440) / cadence_min, active_percent: activePercent, sufficient };
}

function activeAuto({ cadence_min, offsets_min }: { cadence_min: number; offsets_min: number[] }) {
  return {
    active_percent: automaticActivePercent(
      offsets_min.map((minutes) => minutes * 60_000),
      cadence_min,
    ),
  };
}

function trend(input: CaseReadings) {
  const series = seriesOf(input);
  const trace = singleTrace(series, windowOf(input, series));
  const slope = rateOfChange(trace, trace.measuredAt.at(-1)!);
  if (slope === undefined) return { slope, arrow: 'not_computable', alert: false };
  const last = trace.mgPerDl.at(-1)!;
  return {
    slope,
    arrow: arrowName(trendArrow(slope)),
    predicted_20min: predictedMgPerDl(last, slope),
    alert: isUrgentLowSoon(last, slope),
  };
}

function localDay({ tz, instants }: { tz: string; instants: string[] }) {
  const times = instants.map((instant) => Date.parse(instant));
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(Math.floor(minutes % 60)).padStart(2, '0')}`;
  return {
    dates: times.map((at) => localDayOf(at, tz)),
    local_times: times.map((at) => clock(localMinuteOfDay(at, tz))),
    distinct: new Set(times).size,
    gap_min: (times.at(-1)! - times[0]!) / 60_000,
  };
}

export const glucoseCases = {
  'unit.convert': convert,
  'glucose.classify': classify,
  'cgm.metrics': metrics,
  'gri.components': griComponents,
  'cgm.window': cgmWindow,
  'cgm.active_auto': activeAuto,
  'cgm.trend': trend,
  'cgm.predict': trend,
  'time.local_day': localDay,
};
