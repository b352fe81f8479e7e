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
  for (let low = 0; low < measuredAt.length; low++) {
    if (!isLow(mgPerDl[low]!) || !isNight(measuredAt[low]!, timeZone)) continue;
    const fellFrom = highestBefore(measuredAt, mgPerDl, low);
    if (mgPerDl[fellFrom]! - mgPerDl[low]! < FALL_FROM_MG_PER_DL) continue;
    let firstLow = fellFrom + 1;
    while (!isLow(mgPerDl[firstLow]!)) firstLow += 1;
    // After the fall is complete: a bounce on its way down is no return, and what is found lies ahead.
    const within = { after: low, until: measuredAt[firstLow]! + RETURN_WITHIN_MS };
    const back = firstBack(measuredAt, mgPerDl, within, mgPerDl[fellFrom]! - RETURN_TO_WITHIN_MG_PER_DL);
    if (back === undefined) continue;
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

/** The highest reading of the 15 min before, the nearest of equals; the reading itself where none is higher. */
function highestBefore(measuredAt: readonly number[], mgPerDl: readonly number[], low: number): number {
  let highest = low;
  for (let row = low - 1; row >= 0 && measuredAt[low]! - measuredAt[row]! <= FALL_WITHIN_MS; row--) {
    if (mgPerDl[row]! > mgPerDl[highest]!) highest = row;
  }
  return highest;
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
