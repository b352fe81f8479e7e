// A reading in one short phrase, in the unit it came in; a pressure in mmHg, as it is judged.
import { displayGlucose } from '../../domain/units.ts';
import { t, words } from './texts.ts';
import type { Reading } from './wire.ts';

export function readingText(reading: Reading): string {
  const parts = [valueText(reading)];
  if (reading.pulse !== undefined) parts.push(`${reading.pulse}/min`);
  if (reading.context !== undefined) parts.push(words(reading.context));
  if (reading.voidedAt !== undefined) parts.push(t.voided);
  return parts.join(' · ');
}

function valueText({ kind, systolicMmHg, diastolicMmHg, code, value, unit }: Reading): string {
  if (kind === 'bp') return `${systolicMmHg}/${diastolicMmHg} mmHg`;
  if (code !== undefined || typeof value !== 'number') return `${code ?? value}`;
  return `${displayGlucose(value, unit === 'mmol/L' ? 'mmol/L' : 'mg/dL')} ${unit}`;
}

/** When it was measured by the right time, RFC 3339. */
export const measuredAt = ({ at, measuredAt: corrected }: Reading): string => corrected ?? at;
