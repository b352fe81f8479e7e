// Worked cases of local days.
import { hoursOf, localDayBounds, localDayOf, localMinuteOfDay } from '../../domain/local-day.ts';
import { zoneOffsetMs } from '../../domain/zone-offset.ts';
import { DEFAULT_ZONE, parseTime } from './case-input.ts';

const MINUTE_MS = 60_000;

interface DayInput {
  tz?: string;
  instants?: string[];
  date?: string;
  dates?: string[];
  days?: string[];
  cadence_min?: number;
}

function localDay(input: DayInput) {
  const { tz = DEFAULT_ZONE, cadence_min: cadenceMin = 5 } = input;
  const times = (input.instants ?? []).map((instant) => parseTime(instant, 'instants', 0));
  const named = input.dates ?? input.days ?? (input.date === undefined ? undefined : [input.date]);
  const dates = named ?? times.map((at) => localDayOf(at, tz));
  const bounds = dates.map((day) => localDayBounds(day, tz));
  const hours = bounds.map(hoursOf);
  const one = <T>(list: readonly T[]) => (input.date === undefined ? list : list[0]);
  const gaps = times.slice(1).map((at, index) => (at - times[index]!) / MINUTE_MS);
  const slots = hours.map((length) => (length * 60) / cadenceMin);
  return {
    dates,
    local_times: times.map((at) => clock(localMinuteOfDay(at, tz))),
    offsets_min: times.map((at) => zoneOffsetMs(at, tz) / MINUTE_MS),
    distinct: new Set(times).size,
    gap_min: gaps.length === 1 ? gaps[0] : gaps,
    same_day: new Set(dates).size === 1,
    hours: one(hours),
    day_hours: one(hours),
    day_length_hours: one(hours),
    expected_slots: one(slots),
    slots: one(slots),
    day_starts: bounds.map(({ startAt }) => toIso(startAt)),
    day_ends: bounds.map(({ endAt }) => toIso(endAt)),
  };
}

function clock(minutes: number): string {
  return [minutes / 60, minutes % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}

function toIso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

export const timeCases = { 'time.local_day': localDay };
