// Mean absolute relative difference of a sensor from its fingersticks (clinical.md §3.7; current sensors lie at about 8–10 %).
import { mean } from 'simple-statistics';
import type { CgmSmbgPair } from './cgm-smbg-pair.ts';

/** %: mean of 100 |CGM − reference| / reference; undefined without a pair. */
export function mardPercent(pairs: readonly Pick<CgmSmbgPair, 'cgmMgPerDl' | 'smbgMgPerDl'>[]): number | undefined {
  if (pairs.length === 0) return undefined;
  return mean(pairs.map(({ cgmMgPerDl, smbgMgPerDl }) => (100 * Math.abs(cgmMgPerDl - smbgMgPerDl)) / smbgMgPerDl));
}
