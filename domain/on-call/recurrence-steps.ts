// What a recurrence costs whoever asks about an instant, by its form: counted, so that the answer is the same on every machine.
// Promise: what has a finite number is expanded from the window asked about, never from its first time on.
import type { Shift } from './on-call-schedule.ts';

/** Of all shifts of a schedule. M: on busy cores a step is 20 to 100 µs an instant, little more for 30 days. */
export const MAX_STEPS = 150;
const PLAIN = 1;
/** The whole week or year has to be laid out to know one day of it. */
const WHOLE_PERIOD = 5;
/** rrule-temporal goes day by day, and asks of each. */
const DAY_BY_DAY = 30;
const COUNTED = 10;
const COUNTED_A_STEP = 10;

const PART = /^(?:FREQ|INTERVAL|COUNT|UNTIL|WKST|BYDAY|BYMONTH|BYMONTHDAY|BYSETPOS)=/;
const WITHIN_A_DAY = /(?:^|;)(?:FREQ=(?:HOURLY|MINUTELY|SECONDLY)|BY(?:HOUR|MINUTE|SECOND)=)/;

/** Why a rule isn't taken, with the remedy; undefined where its form is one that can be bounded. */
export function problemOfForm(rrule: string): string | undefined {
  if (WITHIN_A_DAY.test(rrule))
    return 'A shift begins at most once a day: use FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, and one shift for each time of day.';
  const parts = rrule.split(';');
  const strange = parts.find((part) => !PART.test(part));
  if (strange !== undefined)
    return `${strange.split('=')[0]} isn’t taken: name the days by BYMONTH, BYMONTHDAY and BYDAY, e.g. FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1.`;
  const { FREQ, COUNT, ...by } = partsOf(rrule);
  if (parts.length !== new Set(parts.map((part) => part.split('=')[0])).size) return 'Give each part of the rule once.';
  if (!/^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(FREQ ?? '')) return 'Give FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.';
  if (FREQ === 'DAILY' && (by.BYMONTHDAY ?? by.BYSETPOS) !== undefined)
    return 'With FREQ=DAILY only BYDAY and BYMONTH go: for days of a month use FREQ=MONTHLY or YEARLY.';
  if (COUNT !== undefined && stepsOfForm(FREQ, by) > PLAIN)
    return 'In this rule the times can’t be counted without going through them all: write UNTIL with the last day instead of COUNT.';
  return undefined;
}

/** Nothing for a single time; infinite for a rule of no form that is taken. */
export function stepsOf({ rrule }: Pick<Shift, 'rrule'>): number {
  if (rrule === undefined) return 0;
  if (problemOfForm(rrule) !== undefined) return Number.POSITIVE_INFINITY;
  const { FREQ, COUNT, ...by } = partsOf(rrule);
  return stepsOfForm(FREQ, by) + (COUNT === undefined ? 0 : COUNTED + Math.ceil(Number(COUNT) / COUNTED_A_STEP));
}

function stepsOfForm(freq: string | undefined, by: Readonly<Record<string, string>>): number {
  if (freq === 'DAILY' && by.BYMONTH !== undefined) return DAY_BY_DAY;
  const layout =
    by.BYSETPOS !== undefined ||
    (freq === 'WEEKLY' && by.BYMONTH !== undefined) ||
    (freq === 'YEARLY' && by.BYDAY !== undefined && by.BYMONTH === undefined);
  return layout ? WHOLE_PERIOD : PLAIN;
}

/** By the names of RFC 5545, e.g. `{ FREQ: 'DAILY', COUNT: '3' }`. */
export const partsOf = (rrule: string): Readonly<Record<string, string>> =>
  Object.fromEntries(rrule.split(';').map((part) => part.split('=', 2)));
