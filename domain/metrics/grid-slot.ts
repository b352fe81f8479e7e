// How far apart the grid's slots lie (clinical.md §3.5): as the sensors that read within the window do.
import type { GlucoseSeries } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';

export const FINE_SLOT_MIN = 5;
export const COARSE_SLOT_MIN = 15;

/** 15 min where every sensor of the window reads that seldom, else 5. */
export function gridSlotMin(cgm: readonly GlucoseSeries[], window: Window): number {
  const coarse = cgm.every((series) => series.cadenceMin >= COARSE_SLOT_MIN || !readsWithin(series, window));
  return coarse ? COARSE_SLOT_MIN : FINE_SLOT_MIN;
}

/** Whether a sensor has a reading in a window. */
export function readsWithin({ measuredAt, length }: GlucoseSeries, { from, to }: Window): boolean {
  for (let row = 0; row < length && measuredAt[row]! < to; row++) if (measuredAt[row]! >= from) return true;
  return false;
}
