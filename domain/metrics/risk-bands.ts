// Bands of the risk indices (clinical.md §3.4). They were derived on fingersticks; LBGI from CGM runs lower (Fabris 2015).
import { withoutFloatNoise } from '../without-float-noise.ts';

export type LbgiBand = 'minimal' | 'low' | 'moderate' | 'high';
export type HbgiBand = 'low' | 'moderate' | 'high';
export type AdrrBand = 'low' | 'moderate' | 'high';

/** Up to 1.1 minimal, to 2.5 low, to 5 moderate, each end included; above that high. */
export function lbgiBand(lbgi: number): LbgiBand {
  const judged = withoutFloatNoise(lbgi);
  if (judged <= 1.1) return 'minimal';
  if (judged <= 2.5) return 'low';
  return judged <= 5 ? 'moderate' : 'high';
}

/** Up to 4.5 low, to 9 moderate, each end included; above that high. */
export function hbgiBand(hbgi: number): HbgiBand {
  const judged = withoutFloatNoise(hbgi);
  if (judged <= 4.5) return 'low';
  return judged <= 9 ? 'moderate' : 'high';
}

/** Below 20 low, from 20 to below 40 moderate, from 40 on high. */
export function adrrBand(adrr: number): AdrrBand {
  const judged = withoutFloatNoise(adrr);
  if (judged < 20) return 'low';
  return judged < 40 ? 'moderate' : 'high';
}
