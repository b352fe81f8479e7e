// The string formats of the API beside JSON Schema's own, each with the sentence that helps whoever got it wrong.
import Format from 'typebox/format';

interface WireFormat {
  readonly check: (value: string) => boolean;
  /** Completes "must be …". */
  readonly allowed: string;
}

const matches = (pattern: RegExp) => (value: string) => pattern.test(value);
const isRealDate = (value: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.slice(0, 10) === value;

const WIRE_FORMATS: Readonly<Record<string, WireFormat>> = {
  uuid: {
    check: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    allowed: 'an id as the API gave it, a UUID in lower case',
  },
  date: { check: isRealDate, allowed: 'a calendar date, YYYY-MM-DD' },
  'time-zone': { check: isTimeZone, allowed: 'an IANA time zone, e.g. Asia/Shanghai' },
  'local-time': {
    check: (value) => /T([01]\d|2[0-3]):[0-5]\d$/.test(value) && isRealDate(value.slice(0, -6)),
    allowed: 'a local date and time without offset, YYYY-MM-DDTHH:MM',
  },
  username: {
    check: matches(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u),
    allowed: 'up to 64 letters, digits and . _ @ -, beginning with a letter or digit',
  },
  code: { check: matches(/^[a-z][a-z0-9_]{0,63}$/), allowed: 'a code in lower case, e.g. type_2_diabetes' },
  'six-digits': { check: matches(/^[0-9]{6}$/), allowed: 'the six digits that were sent there' },
  recurrence: {
    check: isRecurrence,
    allowed:
      'an RFC 5545 recurrence by FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, WKST, and COUNT or UNTIL, each once',
  },
  // Something to see, and no control characters; half a character can't be stored.
  text: {
    check: (value) => /\S/u.test(value) && !/\p{Cc}/u.test(value) && value.isWellFormed(),
    allowed: 'some text on one line',
  },
  lines: {
    check: (value) => /\S/u.test(value) && !/(?![\t\r\n])\p{Cc}/u.test(value) && value.isWellFormed(),
    allowed: 'some text, without control characters',
  },
  // A code or a URI, as whoever gives out the identifiers names their system.
  'identifier-system': {
    check: matches(/^[\p{L}\p{N}][\p{L}\p{N}._:/#-]{0,199}$/u),
    allowed: 'the name of a system of identifiers: letters, digits and . _ : / # -, beginning with a letter or digit',
  },
};

/** Idempotent: formats are one table for the whole process. */
export function registerWireFormats(): void {
  for (const [name, { check }] of Object.entries(WIRE_FORMATS)) Format.Set(name, check);
}

export const allowedByFormat = (name: string): string => WIRE_FORMATS[name]?.allowed ?? `a valid ${name}`;

function isTimeZone(value: string): boolean {
  try {
    // Offsets such as +08:00 are no zones: they know no clock changes.
    return /^[A-Za-z]/.test(value) && new Intl.DateTimeFormat('en', { timeZone: value }) !== undefined;
  } catch {
    return false;
  }
}

const WEEKDAY = '(MO|TU|WE|TH|FR|SA|SU)';
const listOf = (part: string) => new RegExp(`^${part}(,${part})*$`);
/** The parts of RFC 5545 §3.3.10 that a shift can need; a shift doesn't recur within a day. */
const RECURRENCE_PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,4}$/,
  UNTIL: /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])[0-5]\d[0-5]\dZ?)?$/,
  BYDAY: listOf(`([+-]?([1-9]|[1-4]\\d|5[0-3]))?${WEEKDAY}`),
  BYMONTHDAY: listOf('[+-]?([1-9]|[12]\\d|3[01])'),
  BYMONTH: listOf('([1-9]|1[0-2])'),
  WKST: new RegExp(`^${WEEKDAY}$`),
};

function isRecurrence(text: string): boolean {
  const parts = text.split(';').map((part) => part.split('='));
  const names = new Set(parts.map(([name]) => name));
  if (names.size < parts.length || !names.has('FREQ') || (names.has('COUNT') && names.has('UNTIL'))) return false;
  return parts.every(
    ([name = '', value = '', ...more]) => more.length === 0 && (RECURRENCE_PARTS[name]?.test(value) ?? false),
  );
}
