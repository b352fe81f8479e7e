// A CGM reading beside a fingerstick, and whether the two agree (clinical.md §4.3: the 20/20 band).
// Promise: pairs are made only while glucose is steady; a function of event time alone; comparisons are strict, so exactly 20 agrees.
import { mgPerDlOf } from '../glucose-class.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import { rateOfChange, SLOPE_LOOK_BACK_MS } from '../metrics/rate-of-change.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';

const WITHIN_MS = 5 * 60_000;
const STEADY_BELOW_MG_PER_DL_PER_MIN = 2;
const DISCORDANT_ABOVE_MG_PER_DL = 20;
const DISCORDANT_ABOVE_PERCENT = 20;

export interface CgmSmbgPair {
  readonly cgmDeviceKey: number;
  readonly cgmAt: number;
  readonly cgmMgPerDl: number;
  readonly smbgDeviceKey: number;
  readonly smbgAt: number;
  readonly smbgMgPerDl: number;
  readonly discordant: boolean;
}

/** More than 20 mg/dL apart where the fingerstick is below 100, else more than 20 % of it: of the two the wider, as they meet at 100. */
export function isDiscordant(cgmMgPerDl: number, smbgMgPerDl: number): boolean {
  const allowed = Math.max(DISCORDANT_ABOVE_MG_PER_DL, (DISCORDANT_ABOVE_PERCENT * smbgMgPerDl) / 100);
  return withoutFloatNoise(Math.abs(cgmMgPerDl - smbgMgPerDl) - allowed) > 0;
}

/**
 * For each fingerstick the nearest reading of each sensor within 5 min, where that sensor's rate of change at that reading is
 * computable and below 2 mg/dL/min either way. Ascending in `smbgAt`. Codes count as their bounds (§1.4).
 *
 * @param cgm and @param smbg one series a device, each de-duplicated and ascending
 */
export function cgmSmbgPairs(cgm: readonly GlucoseSeries[], smbg: readonly GlucoseSeries[]): CgmSmbgPair[] {
  const pairs: CgmSmbgPair[] = [];
  for (const sticks of smbg) {
    for (let stick = 0; stick < sticks.length; stick++) {
      const smbgAt = sticks.measuredAt[stick]!;
      const smbgMgPerDl = mgPerDlOf(sticks.value[stick]!, sticks.meta[stick]!);
      for (const sensor of cgm) {
        const row = nearestRow(sensor, smbgAt);
        if (row === undefined || !isSteady(sensor, row)) continue;
        const cgmMgPerDl = mgPerDlOf(sensor.value[row]!, sensor.meta[row]!);
        pairs.push({
          cgmDeviceKey: sensor.deviceKey,
          cgmAt: sensor.measuredAt[row]!,
          cgmMgPerDl,
          smbgDeviceKey: sticks.deviceKey,
          smbgAt,
          smbgMgPerDl,
          discordant: isDiscordant(cgmMgPerDl, smbgMgPerDl),
        });
      }
    }
  }
  return pairs.sort(
    (a, b) => a.smbgAt - b.smbgAt || a.smbgDeviceKey - b.smbgDeviceKey || a.cgmDeviceKey - b.cgmDeviceKey,
  );
}

/** Of two equally near the earlier. */
function nearestRow({ measuredAt, length }: GlucoseSeries, at: number): number | undefined {
  let nearest: number | undefined;
  for (let row = 0; row < length && measuredAt[row]! <= at + WITHIN_MS; row++) {
    const apart = Math.abs(measuredAt[row]! - at);
    if (apart > WITHIN_MS) continue;
    if (nearest === undefined || apart < Math.abs(measuredAt[nearest]! - at)) nearest = row;
  }
  return nearest;
}

function isSteady({ measuredAt, value, meta }: GlucoseSeries, row: number): boolean {
  const at = measuredAt[row]!;
  let first = row;
  // Before the first row there is no number, and nothing is that near.
  while (at - measuredAt[first - 1]! <= SLOPE_LOOK_BACK_MS) first -= 1;
  const rows = Array.from({ length: row - first + 1 }, (_, index) => first + index);
  const trace = {
    measuredAt: rows.map((index) => measuredAt[index]!),
    mgPerDl: rows.map((index) => mgPerDlOf(value[index]!, meta[index]!)),
  };
  const slope = rateOfChange(trace, at);
  return slope !== undefined && withoutFloatNoise(Math.abs(slope)) < STEADY_BELOW_MG_PER_DL_PER_MIN;
}
