// Readings brought onto a regular grid (clinical.md §3.5, as iglu's CGMS2DayByDay).
// Promise: between neighbours up to 45 min apart a slot is interpolated linearly; strictly inside a longer gap, before the first
// and after the last reading it is absent.
import { localDayBounds, localDayOf } from '../local-day.ts';
import { LONGEST_BRIDGED_MS, type Trace } from './single-trace.ts';

export interface GlucoseGrid {
  readonly slotMin: number;
  /** Slot k lies at `startAt` + (k + 1) × `slotMin`: local 00:05, 00:10 … 24:00 of the first day and on. Epoch ms. */
  readonly startAt: number;
  /** mg/dL; NaN where absent, which never leaves this folder. */
  readonly mgPerDl: Float64Array;
}

/**
 * The grid from the first reading's local day to the last reading's; undefined where there is no reading.
 *
 * @param fromMidnight also has the slot of a first reading at 00:00, which belongs to the day before as its 24:00
 */
export function glucoseGrid(
  { measuredAt, mgPerDl }: Trace,
  slotMin: number,
  timeZone: string,
  fromMidnight = false,
): GlucoseGrid | undefined {
  const first = measuredAt[0];
  const last = measuredAt.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const slotMs = slotMin * 60_000;
  const { startAt } = localDayBounds(localDayOf(first - (fromMidnight ? 1 : 0), timeZone), timeZone);
  const { endAt } = localDayBounds(localDayOf(last, timeZone), timeZone);
  const grid = new Float64Array(Math.ceil((endAt - startAt) / slotMs)).fill(Number.NaN);
  let before = 0;
  const firstSlot = Math.max(0, Math.ceil((first - startAt) / slotMs) - 1);
  for (let slot = firstSlot; slot < grid.length; slot++) {
    const at = startAt + (slot + 1) * slotMs;
    if (at > last) break;
    // No slot asked for lies behind the last reading.
    while (measuredAt[before + 1]! <= at) before += 1;
    const from = measuredAt[before]!;
    if (from === at) {
      grid[slot] = mgPerDl[before]!;
      continue;
    }
    const to = measuredAt[before + 1]!;
    if (to - from > LONGEST_BRIDGED_MS) continue;
    grid[slot] = mgPerDl[before]! + ((mgPerDl[before + 1]! - mgPerDl[before]!) * (at - from)) / (to - from);
  }
  return { slotMin, startAt, mgPerDl: grid };
}

/** g(t) − g(t − lag) for every slot where both are present, in time order, mg/dL. */
export function laggedDifferences({ slotMin, mgPerDl }: GlucoseGrid, lagMin: number): number[] {
  const lag = Math.round(lagMin / slotMin);
  const differences: number[] = [];
  for (let slot = lag; slot < mgPerDl.length; slot++) {
    const difference = mgPerDl[slot]! - mgPerDl[slot - lag]!;
    if (!Number.isNaN(difference)) differences.push(difference);
  }
  return differences;
}
