// Worked cases of the home protocol: readings with their times, or days of mornings and evenings.
import { isEmergencyPressure } from '../../domain/blood-pressure/emergency-line.ts';
import { homeBloodPressure } from '../../domain/blood-pressure/home.ts';
import { exactMeanPressure } from '../../domain/blood-pressure/mean-pressure.ts';
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { acceptedPressures, type Pair, pair, type SittingsInput, sittings } from './blood-pressure-cases.ts';
import { CaseError, type CaseReadings, type CaseRow, rowsOf, startOf, zoneOf } from './case-input.ts';

const MINUTE_MS = 60_000;

type DayParts = Partial<Record<'morning' | 'evening', Pair[]>>;

interface HomeInput extends SittingsInput, Pick<CaseReadings, 'time_zone' | 'window'> {
  /** Of each day its readings, at 07:00 and 19:00 by halves where it doesn't say which are whose; null: a day without. */
  days?: (Pair[] | DayParts | null)[];
}

function home(input: HomeInput) {
  const timeZone = zoneOf(input);
  const startAt = startOf(input);
  const days = input.days ?? daysOfRows(input.readings);
  const { readings, rejected, quarantined } =
    days === undefined ? sittings(input) : acceptedPressures(rowsOfDays(days, startAt, timeZone), input.unit);
  const first = readings[0]?.measuredAt ?? startAt;
  const [from, to] = input.window ?? [];
  const window = {
    from: from === undefined ? localDayBounds(localDayOf(first, timeZone), timeZone).startAt : Date.parse(from),
    to: to === undefined ? (readings.at(-1)?.measuredAt ?? startAt) + 1 : Date.parse(to),
  };
  const found = homeBloodPressure(readings, window, timeZone);
  const { mean, morning, evening, systolicVariability, diastolicVariability } = found;
  const kept = readings.filter(
    ({ measuredAt: at }) => at >= window.from && at < window.to && localDayOf(at, timeZone) !== found.droppedDay,
  );
  return {
    n: found.readingCount,
    rejected,
    quarantined,
    mean_unrounded: mean && pair(exactMeanPressure(kept)),
    emergency: mean && isEmergencyPressure(mean),
    pulse_pressure: found.pulsePressureMmHg,
    map: found.meanArterialPressureMmHg,
    morning_sufficient: found.morningSufficient,
    evening_sufficient: found.eveningSufficient,
    days_used: found.sufficient ? found.daysWithData - 1 : undefined,
    days_after_drop: Math.max(0, found.daysWithData - 1),
    dbp_sd: diastolicVariability?.sd,
    dbp_cv: diastolicVariability?.cvPercent,
    dbp_arv: diastolicVariability?.arv,
    n_used: mean?.readingCount,
    n_after_drop: mean?.readingCount,
    readings_used: mean?.readingCount,
    days: found.daysWithData,
    sessions: found.sessionCount,
    dropped_day: found.droppedDay,
    sufficient: found.sufficient,
    mean: mean && pair(mean),
    elevated: found.elevated,
    morning_mean: morning && pair(morning),
    evening_mean: evening && pair(evening),
    morning: morning && pair(morning),
    evening: evening && pair(evening),
    morning_n: morning?.readingCount,
    evening_n: evening?.readingCount,
    morning_elevated: found.morningElevated,
    morning_hypertension: found.morningElevated,
    morning_evening_difference: found.morningEveningDifferenceMmHg,
    morning_evening_note: found.morningEveningNote,
    sd: systolicVariability?.sd,
    cv: systolicVariability?.cvPercent,
    arv: systolicVariability?.arv,
  };
}

const DAY_PART_HOURS = { morning: 7, evening: 19, am: 7, pm: 19 } as const;

const DAY_FIELDS = ['day', 'part', 'period', 'time_of_day'];

/** Readings that say of which day and part of it they are, `[day, part, systolic, diastolic]` or `{day, part, …}`; else undefined. */
function daysOfRows(rows: unknown[] = []): HomeInput['days'] | undefined {
  const days: Record<string, unknown[]>[] = [];
  const names: unknown[] = [];
  for (const row of rows) {
    const told = (Array.isArray(row) ? { day: row[0], part: row[1] } : row) as Record<string, unknown>;
    const part = told.part ?? told.period ?? told.time_of_day;
    if (told.day === undefined || typeof part !== 'string' || !Object.hasOwn(DAY_PART_HOURS, part)) return undefined;
    if (!names.includes(told.day)) names.push(told.day);
    const index = typeof told.day === 'number' ? told.day - 1 : names.indexOf(told.day);
    if (index < 0) throw new CaseError(`readings: there is no day ${told.day}; the first is 1`);
    const ofDay = days[index] ?? {};
    days[index] = ofDay;
    const pressures = Object.fromEntries(Object.entries(told).filter(([name]) => !DAY_FIELDS.includes(name)));
    ofDay[part] = [...(ofDay[part] ?? []), Array.isArray(row) ? row.slice(2) : pressures];
  }
  return days.length === 0 ? undefined : (Array.from(days, (one) => one ?? null) as HomeInput['days']);
}

function rowsOfDays(days: HomeInput['days'], startAt: number, timeZone: string): CaseRow[] {
  if (!Array.isArray(days)) throw new CaseError('days: neither a list of them nor readings');
  const { startAt: midnight } = localDayBounds(localDayOf(startAt, timeZone), timeZone);
  const rowsAt = (day: number, hour: number, pairs: readonly unknown[]): CaseRow[] =>
    pairs.map((value, index): CaseRow => {
      const at = midnight + ((day * 24 + hour) * 60 + index) * MINUTE_MS;
      const isPair = Array.isArray(value) && typeof value[0] === 'number';
      if (isPair) return { at, value: value.slice(0, 2), pulse: value[2] };
      if (value === null || typeof value !== 'object')
        throw new CaseError(`days: ${JSON.stringify(value)} is no blood pressure`);
      return rowsOf({ readings: [{ ...value, at }] }, 1)[0]!;
    });
  return days.flatMap((given, day) => {
    if (given === null) return [];
    const halves = (pairs: readonly unknown[]) => {
      const half = Math.ceil(pairs.length / 2);
      const { morning, evening } = DAY_PART_HOURS;
      return [...rowsAt(day, morning, pairs.slice(0, half)), ...rowsAt(day, evening, pairs.slice(half))];
    };
    if (Array.isArray(given)) return halves(given);
    return Object.entries(given).flatMap(([part, pairs]) => {
      if (part === 'readings' && Array.isArray(pairs)) return halves(pairs);
      if (part === 'date' || part === 'day') return [];
      const hour = DAY_PART_HOURS[part as keyof typeof DAY_PART_HOURS];
      if (hour === undefined || !Array.isArray(pairs)) throw new CaseError(`days: nothing reads their ${part}`);
      return rowsAt(day, hour, pairs);
    });
  });
}

export const homePressureCases = { 'bp.home': home };
