// Instants between the wire and epoch ms.
import { invalid } from '../storage/registry/refusal.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;
/** What Postgres and Date both hold. */
export const EARLIEST_INSTANT = Date.UTC(1, 0, 1);
export const LATEST_INSTANT = Date.UTC(9999, 11, 31);

/** Epoch ms. Throws Refusal `invalid` naming `field`. */
export function parseInstant(value: string | number, field: string): number {
  const instant = typeof value === 'number' ? value : fromText(value);
  if (Number.isInteger(instant) && instant >= EARLIEST_INSTANT && instant <= LATEST_INSTANT) return instant;
  throw invalid(
    field,
    `${field} must be a time with an offset, e.g. 2026-11-22T08:05:00+08:00, or epoch milliseconds.`,
  );
}

export function parseOptionalInstant(value: string | number | undefined, field: string): number | undefined {
  return value === undefined ? undefined : parseInstant(value, field);
}

export const formatInstant = (instant: number): string => new Date(instant).toISOString();

export const formatOptionalInstant = (instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : formatInstant(instant);

function fromText(text: string): number {
  if (/^-?\d{1,16}$/.test(text)) return Number(text);
  // In a query an unescaped + arrives as a space.
  const whole = text.replace(/ (?=\d{2}:\d{2}$)/, '+');
  return RFC_3339.test(whole) ? Date.parse(whole) : Number.NaN;
}
