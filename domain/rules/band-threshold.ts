// A line between glucose bands (clinical.md §2.2) as the default of a rule's threshold.
import { BAND_LINES } from '../glucose-class.ts';
import type { ThresholdDefault } from './thresholds.ts';

export function bandThreshold(line: keyof (typeof BAND_LINES)['mg/dL']): ThresholdDefault {
  return { value: BAND_LINES['mg/dL'][line], mmolPerL: BAND_LINES['mmol/L'][line], unit: 'mg/dL' };
}
