// Which minutes of a local day lie in a cadence slot that holds a reading (clinical.md §3.1).
// Promise: a slot counts once however many readings it holds, and a minute once however many devices cover it.
import { comesAtItsTime } from '../rules/slot-run.ts';

/** Slots are counted from the day's first instant: slot k is [k, k + 1) × cadence. */
export interface SlotCoverage {
  /** Readings of one device in time order; `startSeries` goes before the first of each. */
  startSeries(cadenceMin: number): void;
  mark(minuteOfDay: number): void;
  coveredMin(): number;
}

/** @param dayMin length of the day in minutes: 1,440, or what a clock change makes of it. */
export function createSlotCoverage(dayMin: number): SlotCoverage {
  const covered = new Uint8Array(Math.ceil(dayMin));
  let cadenceMin = 1;
  let lastSlot = -1;
  let lastMinute = Number.NEGATIVE_INFINITY;
  return {
    startSeries(cadence) {
      cadenceMin = cadence;
      lastSlot = -1;
      lastMinute = Number.NEGATIVE_INFINITY;
    },
    mark(minute) {
      let slot = Math.floor(minute / cadenceMin);
      // A sensor that reads at 00:00:01, 00:04:59, 00:10:01 … misses nothing, yet two of its readings share a slot and the next
      // slot stays empty. A reading that comes at its time counts for the slot whose start it is nearest to.
      if (slot === lastSlot && comesAtItsTime(minute - lastMinute, cadenceMin))
        slot = Math.max(slot, Math.round(minute / cadenceMin));
      covered.fill(1, Math.floor(slot * cadenceMin), Math.ceil((slot + 1) * cadenceMin));
      lastSlot = slot;
      lastMinute = minute;
    },
    coveredMin() {
      let minutes = 0;
      for (let i = 0; i < covered.length; i++) minutes += covered[i]!;
      return Math.min(minutes, dayMin);
    },
  };
}
