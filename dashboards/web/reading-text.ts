// A reading in one short phrase, in the unit it came in; a pressure in mmHg, as it is judged.
import { displayGlucose } from '../../domain/units.ts';
import { t, words } from './texts.ts';
import type { Reading } from './wire.ts';

export function readingText(reading: Reading): string {
  return [valueText(reading), reading.kind === 'smbg' && words('smbg'), ...circumstances(reading)]
    .filter(Boolean)
    .join(' · ');
}

/** What else is to know of the value. */
export function circumstances({ pulse, context, flags, voidedAt }: Reading): readonly string[] {
  const parts = [
    pulse !== undefined && `${pulse}/min`,
    context !== undefined && words(context),
    ...flags.map(words),
    voidedAt !== undefined && t.voided,
  ];
  return parts.filter((part) => typeof part === 'string');
}

export function valueText({ kind, systolicMmHg, diastolicMmHg, code, value, unit }: Reading): string {
  if (kind === 'bp') return `${systolicMmHg}/${diastolicMmHg} mmHg`;
  if (code !== undefined || typeof value !== 'number') return words(`${code ?? value}`);
  return `${displayGlucose(value, unit === 'mmol/L' ? 'mmol/L' : 'mg/dL')} ${unit}`;
}

/** When it was measured by the right time, RFC 3339. */
export const measuredAt = ({ at, measuredAt: corrected }: Reading): string => corrected ?? at;
