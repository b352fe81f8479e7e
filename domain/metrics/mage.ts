// Mean amplitude of glycaemic excursions (clinical.md §3.5). Service 1970 Diabetes 19:644; the algorithm of Fernandes 2022
// J Diabetes Sci Technol 16:576: excursions are those between turning points found where a short moving mean crosses a long one.
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { movingMean } from './moving-mean.ts';

const SLOT_MIN = 5;
const LONGEST_NULL_RUN = 180 / SLOT_MIN;
const SHORT_SLOTS = 5;
const LONG_SLOTS = 32;
const SMALLEST_SD_MG_PER_DL = 1;

interface Crossing {
  readonly slot: number;
  readonly kind: 'min' | 'max';
}

interface PartResult {
  /** Slots from the part's first to its last. */
  readonly span: number;
  /** Amplitudes of excursions up, and of excursions down, mg/dL. */
  readonly rises: readonly number[];
  readonly falls: readonly number[];
}

/** mg/dL, each part of the trace weighing its duration; a direction without an excursion is absent. */
export interface MageDirections {
  /** Of all parts' means of rises and of falls: what is called MAGE. */
  readonly average: number;
  /** MAGE+ and MAGE−. */
  readonly rises?: number;
  readonly falls?: number;
  /** Of each part the greater of its two means. */
  readonly greater: number;
}

/**
 * The mean amplitude of rises and falls of at least one SD. Undefined where no part is long and uneven enough, or none holds an
 * excursion.
 *
 * @param grid mg/dL every 5 min, NaN where absent
 */
export function mage(grid: ArrayLike<number>): MageDirections | undefined {
  const parts = partsOf(grid).map(({ slots, sd }) => {
    const { span, rises, falls } = excursionsOf(slots, sd);
    return { span, rises: meanOf(rises), falls: meanOf(falls) };
  });
  const rises = weighted(parts.map(({ span, rises }) => ({ span, value: rises })));
  const falls = weighted(parts.map(({ span, falls }) => ({ span, value: falls })));
  const average = weighted(parts.flatMap((part) => [part.rises, part.falls].map((value) => ({ ...part, value }))));
  const greater = weighted(parts.map((part) => ({ ...part, value: greaterOf(part.rises, part.falls) })));
  if (average === undefined || greater === undefined) return undefined;
  return { average, ...(rises !== undefined && { rises }), ...(falls !== undefined && { falls }), greater };
}

function meanOf(amplitudes: readonly number[]): number | undefined {
  return amplitudes.length === 0 ? undefined : mean([...amplitudes]);
}

function greaterOf(rises: number | undefined, falls: number | undefined): number | undefined {
  return rises === undefined || falls === undefined ? (rises ?? falls) : Math.max(rises, falls);
}

/** Mean by duration of the parts that have the value. */
function weighted(parts: readonly { readonly span: number; readonly value: number | undefined }[]): number | undefined {
  let sum = 0;
  let weight = 0;
  for (const { span, value } of parts) {
    if (value === undefined) continue;
    sum += span * value;
    weight += span;
  }
  return weight === 0 ? undefined : sum / weight;
}

/** Step 1: cut at null runs over 180 min; leave out parts under 32 slots or with an SD under 1. */
function partsOf(grid: ArrayLike<number>): { slots: number[]; sd: number }[] {
  const parts: number[][] = [];
  let part: number[] = [];
  let nulls = 0;
  for (let slot = 0; slot < grid.length; slot++) {
    const value = grid[slot]!;
    if (Number.isNaN(value)) {
      nulls += 1;
      continue;
    }
    if (nulls > LONGEST_NULL_RUN) {
      parts.push(part);
      part = [];
    } else if (part.length > 0) {
      for (let i = 0; i < nulls; i++) part.push(Number.NaN);
    }
    nulls = 0;
    part.push(value);
  }
  parts.push(part);
  return parts
    .filter((slots) => slots.length >= LONG_SLOTS)
    .map((slots) => ({ slots, sd: sampleStandardDeviation(slots.filter((value) => !Number.isNaN(value))) }))
    .filter(({ sd }) => sd >= SMALLEST_SD_MG_PER_DL);
}

function excursionsOf(slots: readonly number[], sd: number): PartResult {
  const turning = turningPoints(slots, crossingsOf(slots));
  return { span: slots.length - 1, rises: amplitudes(turning, sd, 'rise'), falls: amplitudes(turning, sd, 'fall') };
}

/** Steps 2 and 3: where the short trailing mean crosses the long one; the first and last slot count as crossings too. */
function crossingsOf(slots: readonly number[]): Crossing[] {
  const short = movingMean(slots, SHORT_SLOTS);
  const long = movingMean(slots, LONG_SLOTS);
  const d = slots.map((_, slot) => short[slot]! - long[slot]!);
  const atEnd = (slot: number): Crossing => ({ slot, kind: d[slot]! > 0 ? 'max' : 'min' });
  const crossings = [atEnd(0)];
  const exists = (slot: number) => !Number.isNaN(slots[slot]!) && !Number.isNaN(d[slot]!);
  for (let slot = 1; slot < slots.length; slot++) {
    if (!exists(slot) || !exists(slot - 1)) continue;
    const lastCrossed = crossings.at(-1)!.slot;
    // After a gap the sign may have changed unseen, so the last crossing is asked where the neighbour shows no change.
    const kind = crossedTo(d[slot - 1]!, d[slot]!) ?? crossedTo(d[lastCrossed]!, d[slot]!);
    if (kind !== undefined) crossings.push({ slot, kind });
  }
  crossings.push(atEnd(slots.length - 1));
  return crossings;
}

const CROSSED_TO: Readonly<Record<number, Crossing['kind']>> = { [-2]: 'min', 2: 'max' };

/** A change of sign: to a minimum where it falls through 0. What touches 0 has not crossed it. */
function crossedTo(before: number, now: number): Crossing['kind'] | undefined {
  return CROSSED_TO[Math.sign(now) - Math.sign(before)];
}

/** Step 4: between two crossings the first lowest or highest value, sought from the turning point before. mg/dL. */
function turningPoints(slots: readonly number[], crossings: readonly Crossing[]): number[] {
  const points: number[] = [];
  let from = crossings[0]!.slot;
  for (let k = 0; k + 1 < crossings.length; k++) {
    const sign = crossings[k]!.kind === 'max' ? 1 : -1;
    let best = from;
    for (let slot = from; slot <= crossings[k + 1]!.slot; slot++) {
      if (sign * slots[slot]! > sign * slots[best]!) best = slot;
    }
    points.push(slots[best]!);
    from = best;
  }
  return points;
}

/**
 * Step 5. A rise runs from the lowest turning point since the last restart to the highest reached before one lies more than an SD below,
 * which is where the next is looked for. A fall is its mirror image: that clinical.md restarts it at the recorded extreme makes no
 * difference, because nothing between the two lies beyond the second.
 */
function amplitudes(turning: readonly number[], sd: number, direction: 'rise' | 'fall'): number[] {
  const sign = direction === 'rise' ? 1 : -1;
  const points = turning.map((value) => sign * value);
  const recorded: number[] = [];
  let base = points[0]!;
  for (let j = 0; j < points.length; ) {
    base = Math.min(base, points[j]!);
    if (points[j]! - base < sd) {
      j += 1;
      continue;
    }
    let extreme = points[j]!;
    let k = j;
    for (; k < points.length; k++) {
      extreme = Math.max(extreme, points[k]!);
      if (extreme - points[k]! > sd) break;
    }
    recorded.push(extreme - base);
    base = points[k] ?? base;
    j = k;
  }
  return recorded;
}
