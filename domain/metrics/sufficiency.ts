// Whether a window holds enough readings to be judged (clinical.md §3.1; Battelino 2019, Riddlesworth 2018 Diabetes Technol Ther 20:314).
// Promise: counted in slots of the requested window, so a missing head or tail counts as missing.

export const SUFFICIENT_PERCENT = 70;
/** 9.8 days' worth of slots, 70 % of the standard 14 d: 2,823 slots at 5 min. */
const SUFFICIENT_MIN = 98 * 144;

export interface Sufficiency {
  /** 100 × minutes in slots with a value / minutes of the window, capped at 100. */
  readonly activePercent: number;
  /** At least 70 % of the requested window and 9.8 days' worth of slots. */
  readonly sufficient: boolean;
  /** At least 70 %, but of a window too short to hold 9.8 days' worth. */
  readonly shortWindow: boolean;
}

/**
 * @param coveredMin distinct cadence slots that hold a valid or clipped value, times the cadence
 * @param windowMin length of the requested window; 0 has no active share
 */
export function judgeSufficiency(coveredMin: number, windowMin: number): Sufficiency {
  const activePercent = windowMin > 0 ? Math.min(100, (100 * coveredMin) / windowMin) : 0;
  const active = activePercent >= SUFFICIENT_PERCENT;
  const longEnough = coveredMin >= SUFFICIENT_MIN;
  return { activePercent, sufficient: active && longEnough, shortWindow: active && !longEnough };
}
