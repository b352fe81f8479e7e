// The offset of an IANA zone at an instant, from the runtime's time-zone database, without an Intl call for each reading.
// Promise: exact to the millisecond of a transition where a zone has at most one a day, as every zone has since 1970.

const HOUR_MS = 3_600_000;
/** One slice of a zone's history is looked up at once and kept: about a year, which costs some 2 ms once. */
const SLICE_MS = 365 * 24 * HOUR_MS;
const PROBE_MS = 24 * HOUR_MS;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** By slice number: where the offset changes within the slice. */
  readonly slices: Map<number, Slice>;
}

interface Slice {
  readonly firstOffsetMs: number;
  readonly changesAt: readonly number[];
  readonly offsetsMs: readonly number[];
}

/** Derived from the runtime's tables alone, so it is no state; bounded by the zones and the years that readings have. */
const zones = new Map<string, Zone>();

/** Whether the runtime knows the zone, e.g. `Asia/Shanghai`. Everything else here throws RangeError for an unknown one. */
export function isTimeZone(timeZone: string): boolean {
  try {
    zoneOf(timeZone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Local time minus UTC, ms, at `instant` (epoch ms). */
export function zoneOffsetMs(instant: number, timeZone: string): number {
  const zone = zones.get(timeZone) ?? zoneOf(timeZone);
  const number = Math.floor(instant / SLICE_MS);
  const slice = zone.slices.get(number) ?? lookUpSlice(zone, number);
  let offsetMs = slice.firstOffsetMs;
  for (let i = 0; i < slice.changesAt.length && slice.changesAt[i]! <= instant; i++) offsetMs = slice.offsetsMs[i]!;
  return offsetMs;
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const zone = { format, slices: new Map<number, Slice>() };
  zones.set(timeZone, zone);
  return zone;
}

function lookUpSlice(zone: Zone, number: number): Slice {
  const startAt = number * SLICE_MS;
  const firstOffsetMs = readOffsetMs(zone.format, startAt);
  const changesAt: number[] = [];
  const offsetsMs: number[] = [];
  let offsetMs = firstOffsetMs;
  for (let probe = startAt + PROBE_MS; probe <= startAt + SLICE_MS; probe += PROBE_MS) {
    const probed = readOffsetMs(zone.format, probe);
    if (probed === offsetMs) continue;
    let before = probe - PROBE_MS;
    let after = probe;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (readOffsetMs(zone.format, middle) === offsetMs) before = middle;
      else after = middle;
    }
    changesAt.push(after);
    offsetsMs.push(probed);
    offsetMs = probed;
  }
  const slice = { firstOffsetMs, changesAt, offsetsMs };
  zone.slices.set(number, slice);
  return slice;
}

function readOffsetMs(format: Intl.DateTimeFormat, instant: number): number {
  const wholeSecond = Math.floor(instant / 1000) * 1000;
  const part = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of format.formatToParts(wholeSecond)) {
    if (type in part) part[type as keyof typeof part] = Number(value);
  }
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - wholeSecond;
}
