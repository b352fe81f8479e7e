// The local days of a history, by their first instants: what rules of weeks count in (clinical.md §1.2).
// Promise: exact where clocks change; day n − 14 is 14 calendar days before day n, however many hours that is.
import { addDays, daysBetween, localDayBounds, localDayOf } from './local-day.ts';

export interface HistoryDays {
  /** First instants, epoch ms, ascending, from the history's first day to today. */
  readonly startAt: readonly number[];
  /** YYYY-MM-DD. */
  readonly name: readonly string[];
}

/** Nearly all patients of an installation share a zone and a length of history. Derived from the arguments alone, so it is no state. */
const made = new Map<string, HistoryDays>();
const MOST_KEPT = 64;

/** @param from and @param now epoch ms */
export function historyDays(from: number, now: number, timeZone: string): HistoryDays {
  const first = localDayOf(from, timeZone);
  const today = localDayOf(now, timeZone);
  const key = `${timeZone} ${first} ${today}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const name: string[] = [];
  for (let n = 0; n <= daysBetween(first, today); n++) name.push(addDays(first, n));
  const days = { name, startAt: name.map((day) => localDayBounds(day, timeZone).startAt) };
  if (made.size >= MOST_KEPT) made.clear();
  made.set(key, days);
  return days;
}

/** Place of the day that an instant lies in: −1 before the first; after the last the last. */
export function dayIndexOf({ startAt }: HistoryDays, at: number): number {
  let low = 0;
  let high = startAt.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startAt[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
