// A reading in one short phrase, in the unit it came in.
import type { Reading } from './wire.ts';

export function readingText(reading: Reading): string {
  if (reading.kind === 'bp')
    return `${reading.systolic}/${reading.diastolic} mmHg${reading.pulse === undefined ? '' : ` · ${reading.pulse}/min`}`;
  return reading.code ?? `${reading.value} ${reading.unit}`;
}
