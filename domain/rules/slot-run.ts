// How long something has held, counted in cadence slots that hold a reading, never in elapsed time (clinical.md §3.6, §7).
// Promise: a gap feeds nothing, and several readings of one slot count once.

const MS_PER_MIN = 60_000;

/** Sensors keep their cadence to within some seconds; a reading this share of a cadence early still opens its slot. */
const EARLY_SHARE = 0.2;

/** 15 min are 3 slots at 5 min and 1 slot at 15 min. */
export function slotsFor(minutes: number, cadenceMin: number): number {
  return Math.max(1, Math.ceil(minutes / cadenceMin));
}

/** The first number of slots that is longer: more than 120 min are 25 slots at 5 min (clinical.md §3.6, §7). */
export function slotsForMoreThan(minutes: number, cadenceMin: number): number {
  return Math.floor(minutes / cadenceMin) + 1;
}

/** Whether a reading comes at its time, not between two: at most a fifth of a cadence early. */
export function comesAtItsTime(sinceLastMin: number, cadenceMin: number): boolean {
  return sinceLastMin >= (1 - EARLY_SHARE) * cadenceMin;
}

/** Whether a reading opens a new slot, the former being opened at `slotAt`. */
export function opensSlot(measuredAt: number, slotAt: number, cadenceMin: number): boolean {
  return comesAtItsTime((measuredAt - slotAt) / MS_PER_MIN, cadenceMin);
}

/** "Consecutive" = at most two cadences apart (clinical.md §7). */
export function isConsecutive(measuredAt: number, previousAt: number, cadenceMin: number): boolean {
  return measuredAt - previousAt <= 2 * cadenceMin * MS_PER_MIN;
}

/** Consecutive readings of one series of which something holds. */
export interface SlotRun {
  /** 0: none in progress. */
  readonly slots: number;
  readonly readings: number;
  /** Of the first reading: index in its series, and epoch ms. */
  readonly startIndex: number;
  readonly startAt: number;
  readonly lastAt: number;
  /** Joins the run in progress, or starts the next where the gap is too long. */
  add(measuredAt: number, index: number, cadenceMin: number): void;
  reset(): void;
}

export function createSlotRun(): SlotRun {
  let slotAt = Number.NEGATIVE_INFINITY;
  const run = {
    slots: 0,
    readings: 0,
    startIndex: -1,
    startAt: Number.NEGATIVE_INFINITY,
    lastAt: Number.NEGATIVE_INFINITY,
    add(measuredAt: number, index: number, cadenceMin: number): void {
      if (run.slots === 0 || !isConsecutive(measuredAt, run.lastAt, cadenceMin)) {
        run.slots = 1;
        run.readings = 1;
        run.startIndex = index;
        run.startAt = measuredAt;
        slotAt = measuredAt;
      } else {
        run.readings++;
        if (opensSlot(measuredAt, slotAt, cadenceMin)) {
          run.slots++;
          slotAt = measuredAt;
        }
      }
      run.lastAt = measuredAt;
    },
    reset(): void {
      run.slots = 0;
      run.readings = 0;
    },
  };
  return run;
}

/** The run of one series of several, made when it is first asked for. */
export function slotRunOf(runs: SlotRun[], seriesIndex: number): SlotRun {
  const known = runs[seriesIndex];
  if (known !== undefined) return known;
  const created = createSlotRun();
  runs[seriesIndex] = created;
  return created;
}
