// When a glucose episode is over: readings on the recovered side of the clear line for long enough, in slots.
// Promise: silence recovers nothing, and a sensor that still reports otherwise is not outvoted by another one.
import { META } from '../glucose-series.ts';
import type { GlucoseLine } from './glucose-line.ts';
import { isBeyond } from './glucose-line.ts';
import type { MergedRows } from './merged-rows.ts';
import type { SlotRun } from './slot-run.ts';
import { slotRunOf, slotsFor } from './slot-run.ts';

export interface GlucoseRecovery {
  /** Takes the next row. Answers the first recovered instant (epoch ms) once the recovery is complete. */
  push(row: MergedRows): number | undefined;
  /** Whether the recovery in progress rests on a reading that arrived in time: the patient is known to be better now. */
  isKnown(): boolean;
}

/**
 * @param minutes 0: any one reading of any device tells (a fingerstick).
 * @param heardWithinMs a sensor heard less than this ago has a say.
 */
export function createGlucoseRecovery(clear: GlucoseLine, minutes: number, heardWithinMs: number): GlucoseRecovery {
  const runs: SlotRun[] = [];
  let known = false;
  let notRecoveredAt = Number.NEGATIVE_INFINITY;

  /** A sensor without a run in progress was beyond the line when last heard. */
  const isContradicted = (row: MergedRows) =>
    runs.some((run, s) => s !== row.seriesIndex && run.slots === 0 && row.measuredAt - run.lastAt < heardWithinMs);

  return {
    push(row) {
      const run = slotRunOf(runs, row.seriesIndex);
      if (isBeyond(clear, row.value, row.meta)) {
        run.add(row.measuredAt, row.index, row.series.cadenceMin);
        run.reset();
        known = false;
        notRecoveredAt = row.measuredAt;
        return undefined;
      }
      run.add(row.measuredAt, row.index, row.series.cadenceMin);
      if ((row.meta & META.late) === 0) known = true;
      if (run.slots < slotsFor(minutes, row.series.cadenceMin)) return undefined;
      if (minutes > 0 && isContradicted(row)) return undefined;
      return run.startAt > notRecoveredAt ? run.startAt : row.measuredAt;
    },
    isKnown: () => known,
  };
}
