// A CGM that says the same for an hour (clinical.md §3.7; the 60 min are unverified, §8).
// Promise: counted in slots that hold a reading, so a gap feeds nothing; the value as received, so that no conversion makes two equal.
import type { GlucoseSeries } from '../glucose-series.ts';
import { META } from '../glucose-series.ts';
import type { Window } from '../local-day.ts';

const FLAT_FROM_MIN = 60;
/** "Consecutive" = at most two cadences apart (clinical.md §7). */
const LONGEST_STEP_CADENCES = 2;
const MS_PER_MIN = 60_000;

/** From the first equal reading to the last, both included, epoch ms. */
export interface Flatline {
  readonly startAt: number;
  readonly endAt: number;
}

/** @param series of one device, ascending; rows outside the window are ignored. 12 equal slots at 5 min are 60 min. */
export function flatlines(series: GlucoseSeries, window: Window): Flatline[] {
  const found: Flatline[] = [];
  const stepMs = LONGEST_STEP_CADENCES * series.cadenceMin * MS_PER_MIN;
  let first = -1;
  let last = -1;
  const close = () => {
    if (first === -1) return;
    const startAt = series.measuredAt[first]!;
    const endAt = series.measuredAt[last]!;
    if (endAt - startAt + series.cadenceMin * MS_PER_MIN >= FLAT_FROM_MIN * MS_PER_MIN) found.push({ startAt, endAt });
  };
  for (let row = 0; row < series.length; row++) {
    const measuredAt = series.measuredAt[row]!;
    if (measuredAt < window.from) continue;
    if (measuredAt >= window.to) break;
    const goesOn = last !== -1 && isSameValue(series, last, row) && measuredAt - series.measuredAt[last]! <= stepMs;
    if (!goesOn) {
      close();
      first = row;
    }
    last = row;
  }
  close();
  return found;
}

/** Two LOW in a row are no flat line: off its scale a sensor can't tell values apart. */
function isSameValue({ value, meta }: GlucoseSeries, a: number, b: number): boolean {
  const unit = META.mmol | META.low | META.high;
  return value[a] === value[b] && (meta[a]! & unit) === (meta[b]! & unit) && (meta[a]! & (META.low | META.high)) === 0;
}
