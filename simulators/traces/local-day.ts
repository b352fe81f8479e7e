// The days a simulated person lives by. One fixed offset a run: where clocks change, the person's meals shift by an hour once.
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Number of the local day that holds `at` (epoch ms), counted from 1970-01-01. */
export const localDayOf = (at: number, offsetMs: number): number => Math.floor((at + offsetMs) / DAY_MS);

/** Epoch ms of local midnight at the start of `day`. */
export const startOfLocalDay = (day: number, offsetMs: number): number => day * DAY_MS - offsetMs;

/** What `timeZone` (IANA) is ahead of UTC at the instant `at`, in ms. Throws RangeError for an unknown zone. */
export function zoneOffsetMs(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
  if (!match) throw new RangeError(`the offset of ${timeZone} can't be read from "${name}"`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const offsetMs = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1_000;
  return sign === '-' ? -offsetMs : offsetMs;
}

/** RFC 3339 with this offset, e.g. `2026-11-22T08:05:00+08:00`; milliseconds only where there are any. */
export function formatWithOffset(at: number, offsetMs: number): string {
  const wall = new Date(at + offsetMs).toISOString().slice(0, at % 1_000 === 0 ? 19 : 23);
  const minutes = Math.abs(Math.round(offsetMs / MINUTE_MS));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${wall}${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
