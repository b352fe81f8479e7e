// Worked cases of glucose events. Minutes are counted from the case's start.
import type { GlucoseSeries } from '../../domain/glucose-series.ts';
import type { Window } from '../../domain/local-day.ts';
import {
  eventsPerDay,
  GLUCOSE_EVENT_KINDS,
  type GlucoseEvent,
  type GlucoseEventKind,
  glucoseEvents,
} from '../../domain/metrics/glucose-events.ts';
import { glucoseGrid } from '../../domain/metrics/glucose-grid.ts';
import { gridSlotMin } from '../../domain/metrics/grid-slot.ts';
import { singleTrace } from '../../domain/metrics/single-trace.ts';
import { mmolPerLFromMgPerDl } from '../../domain/units.ts';
import { type CaseReadings, startOf, zoneOf } from './case-input.ts';
import { seriesOf, windowOf } from './case-series.ts';
import { snake } from './unit-cases.ts';

const MINUTE_MS = 60_000;
/** `hypoL1` as the cases write it: hypo_l1. */
const nameOf = (kind: GlucoseEventKind) => snake(kind);

function events(input: CaseReadings) {
  const series = seriesOf(input);
  const window = windowOf(input, series);
  const found = glucoseEvents(series, window, zoneOf(input));
  const startAt = input.start === undefined ? (series[0]?.measuredAt[0] ?? startOf(input)) : startOf(input);
  const inUnit = (mgPerDl: number) => (input.unit === 'mmol/L' ? mmolPerLFromMgPerDl(mgPerDl) : mgPerDl);
  const told = (event: GlucoseEvent) => ({
    start_min: (event.startAt - startAt) / MINUTE_MS,
    end_min: (event.endAt - startAt) / MINUTE_MS,
    minutes: event.minutes,
    duration_min: event.minutes,
    nadir: inUnit(event.extremeMgPerDl),
    peak: inUnit(event.extremeMgPerDl),
    nadir_mgdl: event.extremeMgPerDl,
    peak_mgdl: event.extremeMgPerDl,
    truncated: event.truncated !== undefined,
    open: event.truncated === 'data_end',
  });
  const lists = GLUCOSE_EVENT_KINDS.map((kind) => [nameOf(kind), found?.events[kind].map(told) ?? []]);
  const without = (level1: readonly GlucoseEvent[] = [], level2: readonly GlucoseEvent[] = []) =>
    level1.filter((one) => !level2.some((two) => two.startAt >= one.startAt && two.startAt < one.endAt)).map(told);
  return {
    ...Object.fromEntries(lists),
    hypo_l1_excl: without(found?.events.hypoL1, found?.events.hypoL2),
    hyper_l1_excl: without(found?.events.hyperL1, found?.events.hyperL2),
    ...eventCounts(series, window, zoneOf(input)),
  };
}

/** Counts and rates, which cases of metrics may ask for too. */
export function eventCounts(series: readonly GlucoseSeries[], window: Window, timeZone: string) {
  const found = glucoseEvents(series, window, timeZone);
  const perDay = (kind: GlucoseEventKind) => (found === undefined ? undefined : eventsPerDay(found, kind));
  const counts = GLUCOSE_EVENT_KINDS.map((kind) => [`${nameOf(kind)}_count`, found?.events[kind].length ?? 0]);
  const rates = GLUCOSE_EVENT_KINDS.flatMap((kind) => [
    [`${nameOf(kind)}_per_day`, perDay(kind)],
    [`${nameOf(kind)}_rate_per_day`, perDay(kind)],
  ]);
  const only = found?.level1Only ?? { hypo: 0, hyper: 0 };
  return {
    ...Object.fromEntries([...counts, ...rates]),
    rate_per_day: Object.fromEntries(GLUCOSE_EVENT_KINDS.map((kind) => [nameOf(kind), perDay(kind)])),
    recorded_days: found?.recordedDays,
    hypo_l1_excl_count: only.hypo,
    hyper_l1_excl_count: only.hyper,
    hypo_l1_excl_per_day: found && only.hypo / found.recordedDays,
    hyper_l1_excl_per_day: found && only.hyper / found.recordedDays,
    hyper_250_120min_consecutive: longVeryHighRuns(series, window, timeZone),
  };
}

/** Not our definition: two hours above 250 mg/dL without a break, which cases put beside it. */
function longVeryHighRuns(series: readonly GlucoseSeries[], window: Window, timeZone: string): number {
  const slotMin = gridSlotMin(series, window);
  const values = glucoseGrid(singleTrace(series, window), slotMin, timeZone, true)?.mgPerDl ?? [];
  let runs = 0;
  let slots = 0;
  for (const value of values) {
    slots = value > 250 ? slots + 1 : 0;
    if (slots * slotMin === 120) runs += 1;
  }
  return runs;
}

export const eventCases = { 'cgm.events': events };
