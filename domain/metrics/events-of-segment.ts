// The events in one unbroken stretch of the grid (clinical.md §3.6).
// Promise: an event begins with so many slots beyond its line and ends before the first 15 min of recovery; what lies between stays inside.
import type { BAND_LINES } from '../glucose-class.ts';
import { slotsFor } from '../rules/slot-run.ts';
import type { GlucoseEventKind } from './glucose-events.ts';

/** Slots of the segment, `end` excluded: the first recovered slot, or the segment's end where none was seen. */
export interface FoundEvent {
  readonly start: number;
  readonly end: number;
  readonly recovered: boolean;
}

const EVENT_FROM_MIN = 15;
const RECOVERED_FROM_MIN = 15;
/** Extended hypoglycaemia lasts longer than this, not as long. */
const EXTENDED_LOW_OVER_MIN = 120;
const EXTENDED_HIGH_FROM_MIN = 90;
const EXTENDED_HIGH_WITHIN_MIN = 120;

type IsBeyond = (value: number) => boolean;

/** @param values in the unit of `lines`, none absent */
export function eventsOfSegment(
  values: ArrayLike<number>,
  lines: (typeof BAND_LINES)['mg/dL'],
  slotMin: number,
): Record<GlucoseEventKind, FoundEvent[]> {
  const lasting = slotsFor(EVENT_FROM_MIN, slotMin);
  const recovery = slotsFor(RECOVERED_FROM_MIN, slotMin);
  const extendedLow = Math.floor(EXTENDED_LOW_OVER_MIN / slotMin) + 1;
  const low: IsBeyond = (value) => value < lines.lowBelow;
  const veryLow: IsBeyond = (value) => value < lines.veryLowBelow;
  const high: IsBeyond = (value) => value > lines.inRangeUpTo;
  const veryHigh: IsBeyond = (value) => value > lines.highUpTo;
  const scan = (isComplete: Completion, isBeyond: IsBeyond) => scanSegment(values, isComplete, isBeyond, recovery);
  return {
    hypoL1: scan(afterRun(values, low, lasting), low),
    hypoL2: scan(afterRun(values, veryLow, lasting), veryLow),
    hypoExtended: scan(afterRun(values, low, extendedLow), low),
    hyperL1: scan(afterRun(values, high, lasting), high),
    hyperL2: scan(afterRun(values, veryHigh, lasting), veryHigh),
    hyperExtended: scan(
      afterShare(
        values,
        veryHigh,
        slotsFor(EXTENDED_HIGH_FROM_MIN, slotMin),
        Math.floor(EXTENDED_HIGH_WITHIN_MIN / slotMin),
      ),
      high,
    ),
  };
}

/** The slot that completes the condition of an event that would begin at `start`; undefined where none begins there. */
type Completion = (start: number) => number | undefined;

function afterRun(values: ArrayLike<number>, isBeyond: IsBeyond, slots: number): Completion {
  return (start) => {
    for (let slot = start; slot < start + slots; slot++) {
      // Past the end nothing is beyond a line.
      if (!isBeyond(values[slot] ?? Number.NaN)) return undefined;
    }
    return start + slots - 1;
  };
}

/** So many slots beyond the line among the `within` that begin with it, itself beyond. */
function afterShare(values: ArrayLike<number>, isBeyond: IsBeyond, slots: number, within: number): Completion {
  return (start) => {
    if (!isBeyond(values[start]!)) return undefined;
    let count = 0;
    for (let slot = start; slot < Math.min(values.length, start + within); slot++) {
      if (isBeyond(values[slot]!)) count += 1;
      if (count === slots) return slot;
    }
    return undefined;
  };
}

function scanSegment(
  values: ArrayLike<number>,
  completion: Completion,
  isBeyond: IsBeyond,
  recovery: number,
): FoundEvent[] {
  const found: FoundEvent[] = [];
  for (let start = 0; start < values.length; ) {
    const completed = completion(start);
    if (completed === undefined) {
      start += 1;
      continue;
    }
    const recoveredAt = firstRecovery(values, completed + 1, isBeyond, recovery);
    found.push({ start, end: recoveredAt ?? values.length, recovered: recoveredAt !== undefined });
    start = recoveredAt ?? values.length;
  }
  return found;
}

/** The first of so many slots in a row that are not beyond the line. */
function firstRecovery(values: ArrayLike<number>, from: number, isBeyond: IsBeyond, slots: number): number | undefined {
  let run = 0;
  for (let slot = from; slot < values.length; slot++) {
    run = isBeyond(values[slot]!) ? 0 : run + 1;
    if (run === slots) return slot - slots + 1;
  }
  return undefined;
}
