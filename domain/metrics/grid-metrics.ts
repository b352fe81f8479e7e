// Metrics that day summaries can't carry: they read one window of readings on the grid (clinical.md §3.5).
import type { GlucoseSeries } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';
import { conga } from './conga.ts';
import { glucoseGrid } from './glucose-grid.ts';
import { FINE_SLOT_MIN, gridSlotMin } from './grid-slot.ts';
import { mage } from './mage.ts';
import { modd } from './modd.ts';
import { singleTrace } from './single-trace.ts';

/** mg/dL; absent where not computable. */
export interface GridMetrics {
  readonly mage?: number;
  readonly modd?: number;
  readonly conga24?: number;
}

/** @param cgm one series a device, each de-duplicated and ascending; rows outside the window are ignored */
export function gridMetrics(cgm: readonly GlucoseSeries[], window: Window, timeZone: string): GridMetrics {
  const trace = singleTrace(cgm, window);
  const fine = glucoseGrid(trace, FINE_SLOT_MIN, timeZone);
  if (fine === undefined) return {};
  // 15-min sensors get a 15-min grid, except for MAGE, whose moving means are counted in 5-min slots.
  const slotMin = gridSlotMin(cgm, window);
  const grid = (slotMin !== FINE_SLOT_MIN && glucoseGrid(trace, slotMin, timeZone)) || fine;
  const found = { mage: mage(fine.mgPerDl), modd: modd(grid), conga24: conga(grid, 24) };
  return {
    ...(found.mage !== undefined && { mage: found.mage }),
    ...(found.modd !== undefined && { modd: found.modd }),
    ...(found.conga24 !== undefined && { conga24: found.conga24 }),
  };
}
