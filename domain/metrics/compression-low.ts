// Compression lows: a sensor that is lain on at night (clinical.md §3.7; the thresholds are unverified, §8).
// Promise: a label after the fact, which never holds back a live alert; a function of event time alone.
import { localMinuteOfDay } from '../local-day.ts';
import type { Trace } from './single-trace.ts';

/** Local minutes of the day, the end excluded. */
const NIGHT = { from: 0, to: 8 * 60 };
const FALL_FROM_MG_PER_DL = 25;
export const FALL_WITHIN_MS = 15 * 60_000;
const LOW_BELOW_MG_PER_DL = 70;
const RETURN_TO_WITHIN_MG_PER_DL = 15;
export const RETURN_WITHIN_MS = 60 * 60_000;

export interface CompressionLow {
  /** Epoch ms: the reading before the fall, the first one below 70 mg/dL, and the first one back near where it fell from. */
  readonly fellFromAt: number;
  readonly lowAt: number;
  readonly returnedAt: number;
}

/** @param trace ascending, of one sensor; in time order, disjoint */
export function compressionLows({ measuredAt, mgPerDl }: Trace, timeZone: string): CompressionLow[] {
  const found: CompressionLow[] = [];
  const highest = createHighestBefore(measuredAt, mgPerDl);
  /** What falls from there has not come back: nor has it by a later low, after which less is looked at. */
  let fruitless = -1;
  for (let low = 0; low < measuredAt.length; low++) {
    if (!isLow(mgPerDl[low]!)) continue;
    const fellFrom = highest(low);
    if (fellFrom === fruitless || mgPerDl[fellFrom]! - mgPerDl[low]! < FALL_FROM_MG_PER_DL) continue;
    if (!isNight(measuredAt[low]!, timeZone)) continue;
    let firstLow = fellFrom + 1;
    while (!isLow(mgPerDl[firstLow]!)) firstLow += 1;
    // After the fall is complete: a bounce on its way down is no return, and what is found lies ahead.
    const within = { after: low, until: measuredAt[firstLow]! + RETURN_WITHIN_MS };
    const back = firstBack(measuredAt, mgPerDl, within, mgPerDl[fellFrom]! - RETURN_TO_WITHIN_MG_PER_DL);
    if (back === undefined) {
      fruitless = fellFrom;
      continue;
    }
    found.push({ fellFromAt: measuredAt[fellFrom]!, lowAt: measuredAt[firstLow]!, returnedAt: measuredAt[back]! });
    low = back;
  }
  return found;
}

function isLow(mgPerDl: number): boolean {
  return mgPerDl < LOW_BELOW_MG_PER_DL;
}

function isNight(at: number, timeZone: string): boolean {
  const minute = localMinuteOfDay(at, timeZone);
  return minute >= NIGHT.from && minute < NIGHT.to;
}

/**
 * Answers the highest reading of the 15 min before, the nearest of equals; the reading itself where none is higher. To be asked in
 * ascending order: each reading is looked at once, however many a device sends.
 */
function createHighestBefore(measuredAt: readonly number[], mgPerDl: readonly number[]): (low: number) => number {
  /** Indices of readings that nothing later is as high as: from `first` on, falling. */
  const candidates: number[] = [];
  let first = 0;
  let next = 0;
  return (low) => {
    for (; next <= low; next++) {
      while (candidates.length > first && mgPerDl[candidates.at(-1)!]! <= mgPerDl[next]!) candidates.pop();
      candidates.push(next);
    }
    while (measuredAt[low]! - measuredAt[candidates[first]!]! > FALL_WITHIN_MS) first += 1;
    return candidates[first]!;
  };
}

function firstBack(
  measuredAt: readonly number[],
  mgPerDl: readonly number[],
  { after, until }: { readonly after: number; readonly until: number },
  fromMgPerDl: number,
): number | undefined {
  for (let row = after + 1; row < measuredAt.length && measuredAt[row]! <= until; row++) {
    if (mgPerDl[row]! >= fromMgPerDl) return row;
  }
  return undefined;
}
