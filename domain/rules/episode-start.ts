// When a glucose condition is complete: by one reading, by consecutive ones, by persistence, by a share of a longer time.
// Promise: each series is counted on its own; two sensors never complete a condition together (clinical.md §1.3).
import { META } from '../glucose-series.ts';
import type { GlucoseLine } from './glucose-line.ts';
import { isBeyond } from './glucose-line.ts';
import type { MergedRows } from './merged-rows.ts';
import type { SlotRun } from './slot-run.ts';
import { opensSlot, slotRunOf, slotsFor, slotsForMoreThan } from './slot-run.ts';

export interface EpisodeStart {
  /** Takes the next row. Answers the index, in its series, of the first reading of the condition it completes, or −1. */
  push(row: MergedRows, beyond: boolean): number;
  /** Forgets what was counted: a gap cut it. */
  reset(): void;
  /** An episode ended at an instant (epoch ms): what was measured before begins no other. Absent: that is forgotten, as by `reset`. */
  settle?(until: number): void;
  /** An earlier reading that arrived in time and says that what is completed late was already so, epoch ms. */
  freshAt?(): number | undefined;
}

/** One reading beyond the line. */
export function startAtOnce(): EpisodeStart {
  return { push: (row, beyond) => (beyond ? row.index : -1), reset() {} };
}

/**
 * One reading beyond the line and not beyond `further`, which another rule is for. What lay further off, with nothing on this side of
 * the line since, counts as seen in time: going on late at a lesser depth is no lesser news.
 */
export function startShortOf(further: GlucoseLine): EpisodeStart {
  let furtherAt: number | undefined;
  return {
    push(row, beyond) {
      const isFurther = beyond && isBeyond(further, row.value, row.meta);
      if (!beyond) furtherAt = undefined;
      if (isFurther && (row.meta & META.late) === 0) furtherAt = row.measuredAt;
      return beyond && !isFurther ? row.index : -1;
    },
    reset() {
      furtherAt = undefined;
    },
    freshAt: () => furtherAt,
  };
}

/** So many consecutive readings beyond the line, or one off the scale. */
export function startAfterConsecutive(readings: number): EpisodeStart {
  return startAfterRun((run, row) => run.readings >= readings || (row.meta & (META.low | META.high)) !== 0);
}

/** So many minutes beyond the line, in consecutive slots. */
export function startAfterMinutes(minutes: number): EpisodeStart {
  return startAfterRun((run, row) => run.slots >= slotsFor(minutes, row.series.cadenceMin));
}

/** Longer than so many minutes beyond the line, in consecutive slots. */
export function startAfterMoreThan(minutes: number): EpisodeStart {
  return startAfterRun((run, row) => run.slots >= slotsForMoreThan(minutes, row.series.cadenceMin));
}

/** So many minutes beyond the line, or so many HIGH codes in a row. A suspect reading counts, but doesn't complete it (§3.7). */
export function startAfterMinutesOrCodes(minutes: number, codes: number): EpisodeStart {
  const offScale = createCodeRuns();
  return startAfterRun((run, row) => {
    const inARow = offScale.push(row, run.readings === 1);
    if ((row.meta & META.suspect) !== 0) return false;
    return inARow >= codes || run.slots >= slotsFor(minutes, row.series.cadenceMin);
  });
}

/** How many HIGH codes in a row a run ends with, by series. */
function createCodeRuns() {
  const runs: SlotRun[] = [];
  return {
    push(row: MergedRows, beginsAnew: boolean): number {
      const run = slotRunOf(runs, row.seriesIndex);
      if (beginsAnew || (row.meta & META.high) === 0) run.reset();
      if ((row.meta & META.high) !== 0) run.add(row.measuredAt, row.index, row.series.cadenceMin);
      return run.readings;
    },
  };
}

/** The same, but what completes at an instant that something else speaks for waits until nothing does (priorities.ts). */
export function startUnlessSilenced(start: EpisodeStart, isSilenced: (at: number) => boolean): EpisodeStart {
  return {
    push(row, beyond) {
      const startIndex = start.push(row, beyond);
      return startIndex === -1 || isSilenced(row.measuredAt) ? -1 : startIndex;
    },
    reset: () => start.reset(),
    ...(start.settle && { settle: start.settle }),
  };
}

function startAfterRun(isComplete: (run: SlotRun, row: MergedRows) => boolean): EpisodeStart {
  const runs: SlotRun[] = [];
  return {
    push(row, beyond) {
      const run = slotRunOf(runs, row.seriesIndex);
      if (!beyond) {
        run.reset();
        return -1;
      }
      run.add(row.measuredAt, row.index, row.series.cadenceMin);
      return isComplete(run, row) ? run.startIndex : -1;
    },
    reset() {
      for (const run of runs) run?.reset();
    },
  };
}

/**
 * So many minutes beyond the line within the last `ofMinutes`. A suspect reading counts, but doesn't complete it (§3.7). What lay before
 * an episode ended goes on counting, or higher values, which begin it earlier, would be said to be over sooner.
 */
export function startAfterShare(minutes: number, ofMinutes: number): EpisodeStart {
  const withinMs = ofMinutes * 60_000;
  /** By series: indices of the rows that opened a slot beyond the line, oldest first. */
  const slots: number[][] = [];
  let settledUntil = Number.NEGATIVE_INFINITY;
  return {
    push(row, beyond) {
      if (!beyond) return -1;
      const counted = slots[row.seriesIndex] ?? [];
      slots[row.seriesIndex] = counted;
      const { series, measuredAt } = row;
      const newest = counted.at(-1);
      if (newest === undefined || opensSlot(measuredAt, series.measuredAt[newest]!, series.cadenceMin)) {
        counted.push(row.index);
      }
      while (series.measuredAt[counted[0]!]! <= measuredAt - withinMs) counted.shift();
      if ((row.meta & META.suspect) !== 0 || counted.length < slotsFor(minutes, series.cadenceMin)) return -1;
      return counted.find((index) => series.measuredAt[index]! >= settledUntil) ?? row.index;
    },
    reset() {
      slots.length = 0;
    },
    settle(until) {
      settledUntil = until;
    },
  };
}
