// Instants of the wire: RFC 3339 with an offset, read without Date.parse, which accepts far more and depends on the host's zone.
// Promise: what is no such instant gives undefined, never a guess; a leap second is the first second of the next minute.

const ZERO = 48;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SHORTEST = '2026-11-22T08:05:00Z'.length;
const MINUTE_MS = 60_000;
/** Fractions are read to the millisecond, digits beyond are cut. */
const MS_OF_DIGIT = [100, 10, 1];

/**
 * Epoch ms of an RFC 3339 timestamp such as `2026-11-22T08:05:00.250+08:00`; undefined where it is none, has no offset or names a
 * day or time that doesn't exist. `t`, `z` and a space instead of `T` are allowed, as RFC 3339 §5.6 has it.
 */
export function parseInstant(text: string): number | undefined {
  if (text.length < SHORTEST) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // A character that is no digit makes its number NaN, and so every comparison with it false.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  const separator = text[10];
  if (separator !== 'T' && separator !== 't' && separator !== ' ') return undefined;

  let at = 19;
  let fractionMs = 0;
  if (text[at] === '.') {
    const first = ++at;
    for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) {
      fractionMs += digit * (MS_OF_DIGIT[at - first] ?? 0);
    }
    if (at === first) return undefined;
  }
  const offsetMinutes = readOffset(text, at);
  if (offsetMinutes === undefined) return undefined;
  const seconds = ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  return seconds * 1000 + fractionMs - offsetMinutes * MINUTE_MS;
}

function readOffset(text: string, at: number): number | undefined {
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return text.length === at + 1 ? 0 : undefined;
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return undefined;
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, at + 4);
  if (!(hours <= 23 && minutes <= 59)) return undefined;
  const offset = hours * 60 + minutes;
  return sign === '+' ? offset : -offset;
}

/** -1 where there is no digit. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  return month === 2 && !isLeap(year) ? 28 : DAYS_OF_MONTH[month - 1]!;
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const leapToday = month > 2 && isLeap(year) ? 1 : 0;
  // 719162 days lie between 0001-01-01 and 1970-01-01.
  return before * 365 + leapDays + DAYS_BEFORE_MONTH[month - 1]! + leapToday + day - 1 - 719_162;
}
