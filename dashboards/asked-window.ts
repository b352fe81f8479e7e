// The window a query asks for: by local days up to now, or from one instant to another (DESIGN §7).
// Promise: `from` included, `to` excluded; what makes no sense is refused with the remedy.
import Type from 'typebox';
import { daysWindow } from '../domain/local-day.ts';
import type { MetricsRequest } from '../domain/metrics/glucose-metrics.ts';
import { invalid } from '../storage/registry/refusal.ts';
import { parseOptionalInstant } from './instant.ts';
import { InstantIn } from './wire.ts';

const LONGEST_DAYS = 366;
const DAY_MS = 86_400_000;

export const WINDOW_QUERY = {
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LONGEST_DAYS, description: 'Today and the local days before it, up to now.' }),
  ),
  from: Type.Optional(InstantIn),
  to: Type.Optional(InstantIn),
};

interface WindowQuery {
  readonly days?: number | undefined;
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
}

/** Without anything asked: `defaultDays`. Without `to`: up to `now`. Throws Refusal `invalid`. */
export function askedWindow(query: WindowQuery, defaultDays: number, timeZone: string, now: number): MetricsRequest {
  const from = parseOptionalInstant(query.from, 'from');
  const to = parseOptionalInstant(query.to, 'to');
  if (from === undefined && to === undefined)
    return { ...daysWindow(query.days ?? defaultDays, timeZone, now), timeZone, askedBy: 'days' };
  if (query.days !== undefined) throw invalid('days', 'Ask by days, or by from and to: not by both.');
  if (from === undefined) throw invalid('from', 'from is missing: to needs the beginning of the window beside it.');
  const window = checkedWindow(from, to ?? now);
  if (window.to - window.from > LONGEST_DAYS * DAY_MS)
    throw invalid('from', `The window is too long: ${LONGEST_DAYS} days at most.`);
  return { ...window, timeZone, askedBy: 'range' };
}

/** Throws Refusal `invalid` where nothing lies between. */
export function checkedWindow(from: number, to: number) {
  if (from < to) return { from, to };
  throw invalid('from', 'from must be earlier than to: from is part of the window, to is not.');
}
