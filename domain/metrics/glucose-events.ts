// Events of low and high glucose (clinical.md §3.6; Battelino 2023 Lancet Diabetes Endocrinol 11:42; as iglu counts them on the grid).
// Promise: persistence is counted in slots present, never in elapsed time; a gap over 45 min cuts; readings in mmol/L are judged by
// the mmol/L lines; the order of the readings changes nothing. Live alerts are rules' (§7), with a line of their own for level 2.
import { BAND_LINES, mgPerDlOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';
import type { GlucoseUnit } from '../reading.ts';
import { mmolPerLFromMgPerDl } from '../units.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';
import { eventsOfSegment, type FoundEvent } from './events-of-segment.ts';
import { glucoseGrid } from './glucose-grid.ts';
import { gridSlotMin } from './grid-slot.ts';
import { singleTrace } from './single-trace.ts';

export const GLUCOSE_EVENT_KINDS = ['hypoL1', 'hypoL2', 'hypoExtended', 'hyperL1', 'hyperL2', 'hyperExtended'] as const;
export type GlucoseEventKind = (typeof GLUCOSE_EVENT_KINDS)[number];

export interface GlucoseEvent {
  /** First slot beyond the line, epoch ms. */
  readonly startAt: number;
  /** First recovered slot; where no recovery was seen, the end of the last slot. */
  readonly endAt: number;
  /** Slots from the start to the last before recovery, times their length. */
  readonly minutes: number;
  /** Nadir of a low, peak of a high, on the grid. */
  readonly extremeMgPerDl: number;
  /** A gap over 45 min cut it (`gap`), or the readings end before 15 min of recovery (`data_end`: it may be going on). */
  readonly truncated?: 'gap' | 'data_end';
}

export interface GlucoseEvents {
  readonly slotMin: number;
  /** Slots present times their length, days: what rates are per. */
  readonly recordedDays: number;
  /** Each in time order. Level 2 lies inside level 1. */
  readonly events: Readonly<Record<GlucoseEventKind, readonly GlucoseEvent[]>>;
  /** Level 1 events in which no level 2 event lies. */
  readonly level1Only: { readonly hypo: number; readonly hyper: number };
}

const MS_PER_MIN = 60_000;
const MIN_PER_DAY = 24 * 60;

/** Undefined where the window holds no reading. @param cgm one series a device, each de-duplicated and ascending */
export function glucoseEvents(
  cgm: readonly GlucoseSeries[],
  window: Window,
  timeZone: string,
): GlucoseEvents | undefined {
  const unit = judgedUnit(cgm, window);
  const slotMin = gridSlotMin(cgm, window);
  const trace = singleTrace(unit === 'mg/dL' ? cgm.map(inMgPerDl) : cgm, window);
  const grid = glucoseGrid(trace, slotMin, timeZone, true);
  if (grid === undefined) return undefined;
  // 3.9 mmol/L comes back from mg/dL as 3.9000000000000004, and a mean of neighbours has noise as well.
  const values = grid.mgPerDl.map((mgPerDl) =>
    withoutFloatNoise(unit === 'mmol/L' ? mmolPerLFromMgPerDl(mgPerDl) : mgPerDl),
  );
  const events = emptyEvents();
  let present = 0;
  for (const { from, to, isLast } of segmentsOf(values)) {
    present += to - from;
    const found = eventsOfSegment(values.subarray(from, to), BAND_LINES[unit], slotMin);
    for (const kind of GLUCOSE_EVENT_KINDS) {
      const toEvent = ({ start, end, recovered }: FoundEvent): GlucoseEvent => ({
        startAt: grid.startAt + (from + start + 1) * slotMin * MS_PER_MIN,
        endAt: grid.startAt + (from + end + 1) * slotMin * MS_PER_MIN,
        minutes: (end - start) * slotMin,
        extremeMgPerDl: extremeOf(grid.mgPerDl.subarray(from + start, from + end), kind),
        ...(!recovered && { truncated: isLast ? 'data_end' : 'gap' }),
      });
      events[kind].push(...found[kind].map(toEvent));
    }
  }
  return {
    slotMin,
    recordedDays: (present * slotMin) / MIN_PER_DAY,
    events,
    level1Only: {
      hypo: withoutAny(events.hypoL1, events.hypoL2),
      hyper: withoutAny(events.hyperL1, events.hyperL2),
    },
  };
}

/** Events a day of recorded time, not of calendar time. */
export function eventsPerDay({ events, recordedDays }: GlucoseEvents, kind: GlucoseEventKind): number {
  return events[kind].length / recordedDays;
}

/** mmol/L where every number of the window came in it; codes have no unit. */
function judgedUnit(cgm: readonly GlucoseSeries[], { from, to }: Window): GlucoseUnit {
  let sawMmol = false;
  for (const { measuredAt, meta, length } of cgm) {
    for (let row = 0; row < length; row++) {
      if (measuredAt[row]! < from || measuredAt[row]! >= to || (meta[row]! & (META.low | META.high)) !== 0) continue;
      if ((meta[row]! & META.mmol) === 0) return 'mg/dL';
      sawMmol = true;
    }
  }
  return sawMmol ? 'mmol/L' : 'mg/dL';
}

/** mmol/L beside mg/dL: whole mg/dL, which keeps every class (§2.2). */
function inMgPerDl(series: GlucoseSeries): GlucoseSeries {
  const { length, meta } = series;
  const value = Array.from({ length }, (_, row) => {
    const mgPerDl = mgPerDlOf(series.value[row]!, meta[row]!);
    return (meta[row]! & META.mmol) !== 0 ? Math.round(mgPerDl) : mgPerDl;
  });
  return { ...series, value, meta: Array.from({ length }, (_, row) => meta[row]! & ~META.mmol) };
}

function* segmentsOf(values: Float64Array): Generator<{ from: number; to: number; isLast: boolean }> {
  const last = values.findLastIndex((value) => !Number.isNaN(value));
  for (let from = 0; from <= last; from++) {
    if (Number.isNaN(values[from]!)) continue;
    let to = from + 1;
    while (!Number.isNaN(values[to] ?? Number.NaN)) to += 1;
    yield { from, to, isLast: to === last + 1 };
    from = to;
  }
}

function extremeOf(mgPerDl: Float64Array, kind: GlucoseEventKind): number {
  return kind.startsWith('hypo') ? Math.min(...mgPerDl) : Math.max(...mgPerDl);
}

function withoutAny(level1: readonly GlucoseEvent[], level2: readonly GlucoseEvent[]): number {
  const around = new Set(level2.map((two) => level1.findLast((one) => one.startAt <= two.startAt)));
  return level1.filter((one) => !around.has(one)).length;
}

function emptyEvents(): Record<GlucoseEventKind, GlucoseEvent[]> {
  return { hypoL1: [], hypoL2: [], hypoExtended: [], hyperL1: [], hyperL2: [], hyperExtended: [] };
}
