// Metrics that day summaries can't carry: they read one window of readings on the grid (clinical.md §3.5).
import type { GlucoseSeries } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';
import { automaticActivePercent } from './automatic-active.ts';
import { conga } from './conga.ts';
import { glucoseGrid } from './glucose-grid.ts';
import { FINE_SLOT_MIN, gridSlotMin, readsWithin } from './grid-slot.ts';
import { hourlyMean } from './hourly-mean.ts';
import { mage } from './mage.ts';
import { modd } from './modd.ts';
import { singleTrace, type Trace } from './single-trace.ts';
import { gvpPercent, mag } from './slot-changes.ts';

/** mg/dL; absent where not computable. */
export interface GridMetrics {
  /** The average of both directions, MAGE+, MAGE−, and by part the greater of the two. */
  readonly mage?: number;
  readonly mageRises?: number;
  readonly mageFalls?: number;
  readonly mageGreater?: number;
  readonly modd?: number;
  readonly conga24?: number;
  /** Area under the curve an hour. */
  readonly hourlyMeanMgPerDl?: number;
  /** mg/dL an hour. */
  readonly mag?: number;
  readonly gvpPercent?: number;
  /** iglu's: from the first reading to the last. Only where all sensors of the window have one cadence. */
  readonly automaticActivePercent?: number;
}

/** @param cgm one series a device, each de-duplicated and ascending; rows outside the window are ignored */
export function gridMetrics(cgm: readonly GlucoseSeries[], window: Window, timeZone: string): GridMetrics {
  const trace = singleTrace(cgm, window);
  const fine = glucoseGrid(trace, FINE_SLOT_MIN, timeZone);
  if (fine === undefined) return {};
  // 15-min sensors get a 15-min grid, except for MAGE, whose moving means are counted in 5-min slots.
  const slotMin = gridSlotMin(cgm, window);
  const grid = (slotMin !== FINE_SLOT_MIN && glucoseGrid(trace, slotMin, timeZone)) || fine;
  const excursions = mage(fine.mgPerDl);
  return withoutAbsent({
    mage: excursions?.average,
    mageRises: excursions?.rises,
    mageFalls: excursions?.falls,
    mageGreater: excursions?.greater,
    modd: modd(grid),
    conga24: conga(grid, 24),
    hourlyMeanMgPerDl: hourlyMean(grid),
    mag: mag(grid),
    gvpPercent: gvpPercent(grid),
    automaticActivePercent: automaticOf(cgm, window, trace),
  });
}

function automaticOf(cgm: readonly GlucoseSeries[], window: Window, { measuredAt }: Trace): number | undefined {
  const [cadenceMin, another] = new Set(
    cgm.filter((series) => readsWithin(series, window)).map((series) => series.cadenceMin),
  );
  if (cadenceMin === undefined || another !== undefined) return undefined;
  return automaticActivePercent(measuredAt, cadenceMin);
}

function withoutAbsent(found: Readonly<Record<keyof GridMetrics, number | undefined>>): GridMetrics {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
