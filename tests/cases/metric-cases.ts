// Worked cases of CGM metrics, windows and sufficiency.
import { mgPerDlOf } from '../../domain/glucose-class.ts';
import { type GlucoseSeries, META } from '../../domain/glucose-series.ts';
import { localDayBounds, type Window } from '../../domain/local-day.ts';
import { ambulatoryProfile } from '../../domain/metrics/ambulatory-profile.ts';
import { automaticActivePercent } from '../../domain/metrics/automatic-active.ts';
import { compressionLows } from '../../domain/metrics/compression-low.ts';
import { conga } from '../../domain/metrics/conga.ts';
import { summariseDays } from '../../domain/metrics/day-summary.ts';
import { glucoseGrid } from '../../domain/metrics/glucose-grid.ts';
import { glucoseMetrics } from '../../domain/metrics/glucose-metrics.ts';
import { missedTargets, RISK_GROUPS } from '../../domain/metrics/glucose-targets.ts';
import { gmiMmolPerMol, gmiPercent } from '../../domain/metrics/gmi.ts';
import { gri, griZone, uncappedGri } from '../../domain/metrics/gri.ts';
import { gridMetrics } from '../../domain/metrics/grid-metrics.ts';
import { gridSlotMin } from '../../domain/metrics/grid-slot.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import { rateOfChange } from '../../domain/metrics/rate-of-change.ts';
import { singleTrace } from '../../domain/metrics/single-trace.ts';
import { judgeSufficiency } from '../../domain/metrics/sufficiency.ts';
import { weightedStatistics } from '../../domain/metrics/weighted-statistics.ts';
import { createData02SensorFault } from '../../domain/rules/data-02-sensor-fault.ts';
import { mmolPerLFromMgPerDl } from '../../domain/units.ts';
import { evaluateAt, START_AT, windowWith } from '../readings/patient-windows.ts';
import { CaseError, type CaseReadings, zoneOf } from './case-input.ts';
import { cadenceIn, takeRows, windowOf } from './case-series.ts';
import { eventCounts } from './event-cases.ts';

const MINUTE_MS = 60_000;
const DAY_MIN = 1440;

function metrics(input: CaseReadings) {
  const taken = takeRows(input);
  const { series } = taken;
  const window = windowOf(input, series);
  const timeZone = zoneOf(input);
  const request = { ...window, timeZone, askedBy: 'days' as const };
  const summary = mergeDaySummaries(summariseDays(series, window, timeZone));
  const grid = gridMetrics(series, window, timeZone);
  const reported = glucoseMetrics(summary, request, grid);
  const asked = glucoseMetrics(summary, { ...request, askedBy: 'range' }, grid);
  // A case's plain `gri` and `gmi` are the formulas over whatever there is; `gmi_reported` is what a window of 14 d would show.
  const all = weightedStatistics(summary.groups);
  const bands = all?.timeInRange;
  const gmi = reported.meanMgPerDl === undefined ? undefined : gmiPercent(reported.meanMgPerDl);
  const trace = singleTrace(series, window);
  const unweighted = weightedStatistics(summary.groups.map((group) => ({ ...group, cadenceMin: 1 })));
  const slots = glucoseGrid(trace, gridSlotMin(series, window), timeZone);
  const congaOf = (hours: number) => (slots === undefined ? undefined : conga(slots, hours));
  const mmol = (mgPerDl: number | undefined) => (mgPerDl === undefined ? undefined : mmolPerLFromMgPerDl(mgPerDl));
  const below = bands && bands.veryLow + bands.low;
  const above = bands && bands.high + bands.veryHigh;
  const rowsWithin = series.flatMap((one) =>
    Array.from({ length: one.length }, (_, row) => ({ one, row })).filter(
      ({ one, row }) => one.measuredAt[row]! >= window.from && one.measuredAt[row]! < window.to,
    ),
  );
  const ordered = rowsWithin.map(({ one, row }) => mgPerDlOf(one.value[row]!, one.meta[row]!));
  return {
    n: reported.count,
    count: reported.count,
    clipped: reported.clippedCount,
    clipped_n: reported.clippedCount,
    duplicates: taken.duplicates,
    conflicts: taken.conflicts,
    conflict: taken.conflicts,
    conflict_n: taken.conflicts,
    rejected: taken.rejected,
    rejected_n: taken.rejected,
    error_codes: taken.errorCodes,
    quarantined: taken.quarantined,
    quarantined_n: taken.quarantined,
    suspect: rowsWithin.filter(({ one, row }) => (one.meta[row]! & META.suspect) !== 0).length,
    suspect_n: rowsWithin.filter(({ one, row }) => (one.meta[row]! & META.suspect) !== 0).length,
    flags: [
      ...(taken.conflicts > 0 ? ['conflict'] : []),
      ...(reported.clippedCount > 0 ? ['clipped'] : []),
      ...(asked.shortWindow ? ['short_window'] : []),
    ],
    flatlines: series.flatMap((one) => flatLinesOf(one, window)).length,
    compression_lows: series.flatMap((one) => compressionLows(singleTrace([one], window), timeZone)).length,
    days_with_data: reported.daysWithData,
    expected_slots: (window.to - window.from) / MINUTE_MS / cadenceIn(input),
    active: reported.activePercent,
    active_percent: reported.activePercent,
    sufficient: reported.sufficient,
    short_window: asked.shortWindow === true,
    below_54: bands?.veryLow,
    below_70: below,
    low_54_69: bands?.low,
    in_range_70_180: bands?.inRange,
    in_range_70_140: reported.tightRangePercent,
    titr: reported.tightRangePercent,
    tir: bands?.inRange,
    tbr: below,
    tar: above,
    above_180: above,
    high_181_250: bands?.high,
    above_250: bands?.veryHigh,
    in_range_unweighted: unweighted?.timeInRange.inRange,
    minutes_in_range: all?.minutesInRange.inRange,
    in_range_minutes: all?.minutesInRange.inRange,
    in_range_n: all?.countInRange.inRange,
    below_70_minutes: all && all.minutesInRange.veryLow + all.minutesInRange.low,
    above_180_minutes: all && all.minutesInRange.high + all.minutesInRange.veryHigh,
    below_70_n: all && all.countInRange.veryLow + all.countInRange.low,
    above_180_n: all && all.countInRange.high + all.countInRange.veryHigh,
    mean_mgdl: reported.meanMgPerDl,
    mean_mmol: reported.meanMmolPerL,
    mean_unweighted: unweighted?.meanMgPerDl,
    min_mgdl: ordered.length === 0 ? undefined : Math.min(...ordered),
    max_mgdl: ordered.length === 0 ? undefined : Math.max(...ordered),
    sd: reported.sdMgPerDl,
    sd_mgdl: reported.sdMgPerDl,
    sd_mmol: mmol(reported.sdMgPerDl),
    cv: reported.cvPercent,
    gmi,
    gmi_raw: gmi,
    gmi_mmol_mol: reported.meanMmolPerL === undefined ? undefined : gmiMmolPerMol(reported.meanMmolPerL),
    gmi_reported: reported.gmiPercent,
    ea1c: reported.eA1cPercent,
    j_index: reported.jIndex,
    m_value: reported.mValue,
    cogi: reported.cogi,
    grade: reported.grade,
    gri: bands && gri(bands),
    gri_uncapped: bands && uncappedGri(bands),
    gri_zone: bands && griZone(gri(bands)),
    zone: bands && griZone(gri(bands)),
    gri_reported: reported.gri,
    lbgi: reported.lbgi,
    lbgi_band: reported.lbgiBand,
    hbgi: reported.hbgi,
    hbgi_band: reported.hbgiBand,
    adrr: reported.adrr,
    adrr_band: reported.adrrBand,
    mage: reported.mage,
    mage_avg: reported.mage,
    mage_plus: reported.mageRises,
    mage_minus: reported.mageFalls,
    mage_max: reported.mageGreater,
    modd: reported.modd,
    conga1: congaOf(1),
    conga2: congaOf(2),
    conga4: congaOf(4),
    conga24: reported.conga24,
    auc: reported.hourlyMeanMgPerDl,
    auc_hourly: reported.hourlyMeanMgPerDl,
    hourly_mean: reported.hourlyMeanMgPerDl,
    mag: reported.mag,
    gvp: reported.gvpPercent,
    agp_reported: ambulatoryProfile(summary, request, series).slots !== undefined,
    targets_met: bands && missedTargets(bands, groupOf(input)).length === 0,
    targets_missed: bands && missedTargets(bands, groupOf(input)).map((target) => TARGET_NAMES[target]),
    ordered_values: ordered,
    slope_mgdl_min: rateOfChange(trace, trace.measuredAt.at(-1) ?? 0),
    ...eventCounts(series, window, timeZone),
  };
}

/** As DATA-02 tells them; what is less than a clean hour apart is one. */
function flatLinesOf(series: GlucoseSeries, { from, to }: Window) {
  const seen = windowWith({ from: Math.min(from, series.measuredAt[0] ?? from) - DAY_MIN * MINUTE_MS, cgm: [series] });
  const { episodes } = evaluateAt(createData02SensorFault(), seen, (to - START_AT) / MINUTE_MS);
  return episodes.filter(
    ({ explanation, startAt }) => explanation.reason === 'flat_line' && startAt >= from && startAt < to,
  );
}

const TARGET_NAMES = {
  inRange: 'in_range_70_180',
  belowRange: 'below_70',
  veryLow: 'below_54',
  aboveRange: 'above_180',
  veryHigh: 'above_250',
} as const;

function groupOf(input: CaseReadings & { risk_group?: string }) {
  const known = RISK_GROUPS.find((group) => group === (input.risk_group ?? 'standard'));
  if (known === undefined) throw new CaseError(`risk_group: there is no ${input.risk_group}`);
  return known;
}

function griComponents(input: { very_low?: number; low?: number; very_high?: number; high?: number }) {
  const { very_low = 0, low = 0, very_high = 0, high = 0 } = input;
  const percent = { veryLow: very_low, low, veryHigh: very_high, high };
  return {
    gri: gri(percent),
    gri_uncapped: uncappedGri(percent),
    zone: griZone(gri(percent)),
    hypo_component: 3 * very_low + 2.4 * low,
    hyper_component: 1.6 * very_high + 0.8 * high,
  };
}

interface WindowInput {
  days?: number;
  hours?: number;
  tz?: string;
  date?: string;
  window?: [string, string];
  cadence_min: number;
  n_slots: number;
}

function cgmWindow(input: WindowInput) {
  const windowMin = minutesOf(input);
  const { cadence_min, n_slots } = input;
  const { activePercent, sufficient, shortWindow } = judgeSufficiency(n_slots * cadence_min, windowMin);
  const expected = windowMin / cadence_min;
  const isEnough = (slots: number) => judgeSufficiency(slots * cadence_min, windowMin);
  const slots = Array.from({ length: Math.ceil(expected) + 1 }, (_, count) => count);
  return {
    expected_slots: expected,
    active_percent: activePercent,
    active: activePercent,
    sufficient,
    short_window: shortWindow,
    day_sufficient: sufficient || shortWindow,
    needed_slots: slots.find((count) => isEnough(count).sufficient),
    required_slots: slots.find((count) => isEnough(count).sufficient),
    min_slots: slots.find((count) => isEnough(count).sufficient),
    gmi_reported: sufficient,
  };
}

/** Days as the zone has them, where the case names one; else of 24 hours. */
function minutesOf({ days = 1, hours, tz, date, window }: WindowInput): number {
  if (window !== undefined) return (Date.parse(window[1]) - Date.parse(window[0])) / MINUTE_MS;
  if (hours !== undefined) return hours * 60;
  if (tz === undefined || date === undefined) return days * DAY_MIN;
  const { startAt } = localDayBounds(date, tz);
  const lastDay = new Date(Date.parse(`${date}T00:00:00Z`) + (days - 1) * DAY_MIN * MINUTE_MS);
  return (localDayBounds(lastDay.toISOString().slice(0, 10), tz).endAt - startAt) / MINUTE_MS;
}

function activeAuto({ cadence_min = 5, offsets_min }: { cadence_min?: number; offsets_min: number[] }) {
  const measuredAt = offsets_min.toSorted((a, b) => a - b).map((minutes) => minutes * MINUTE_MS);
  const percent = automaticActivePercent(measuredAt, cadence_min);
  return { active_percent: percent, active: percent };
}

export const metricCases = {
  'cgm.metrics': metrics,
  'gri.components': griComponents,
  'cgm.window': cgmWindow,
  'cgm.active_auto': activeAuto,
};
