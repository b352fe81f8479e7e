// What rules of weeks judge patients by: days of CGM, fingersticks, pressures and what was agreed, for many patients at once.
// Promise: as the store has it now: a day that its stored summary doesn't cover is summed up from its readings; of CGM readings only the
// nights in which there was a low are read.
import type { Pool } from 'pg';
import { addDays, daysWindow, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { DAY_SUMMARY_VERSION, type DaySummary, summariseDay } from '../../domain/metrics/day-summary.ts';
import { FIRST_CGM_DAYS, type PatientHistory } from '../../domain/rules/history-rule.ts';
import { hasLow, nightOf } from '../../domain/rules/night-of.ts';
import type { TimeSeries } from '../ports/time-series.ts';
import type { PatientEntry } from '../registry/patient-profiles.ts';
import { numberArray, textArray } from './array-literal.ts';
import { type CareRow, toCareFacts } from './care-facts.ts';
import { againstPostgres } from './postgres-failure.ts';
import { type PatientStretch, readStretchesOf } from './read-patient-stretches.ts';

export interface PatientHistoryDeps {
  readonly pool: Pick<Pool, 'query'>;
  readonly timeSeries: Pick<TimeSeries, 'read'>;
}

interface HistoryRow extends CareRow {
  readonly patient_key: number;
  readonly last: PatientHistory['lastAt'] | null;
  readonly days: readonly { readonly day: string; readonly summary: DaySummary | null; readonly dirty: boolean }[];
  readonly first_days: readonly DaySummary[];
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::int8`;
const list = (object: string, from: string) => `coalesce((select json_agg(json_build_object(${object}) ${from}), '[]')`;

// One snapshot: a summary and the mark that says it is not the truth belong together.
const READ = `
  select p.patient_key,
    ${list(
      `'at', ${ms('v.at')}, 'kind', v.kind, 'details', v.details`,
      'order by v.at, v.visit_id) from visits v where v.patient_key = p.patient_key',
    )} as visits,
    ${list(
      `'from', ${ms('pl.from_at')}, 'to', ${ms('pl.to_at')}, 'plan', pl.plan`,
      'order by pl.from_at) from plans pl where pl.patient_key = p.patient_key',
    )} as plans,
    ${list(
      `'code', c.code, 'from', ${ms('c.from_at')}, 'to', ${ms('c.to_at')}`,
      'order by c.from_at, c.code) from patient_conditions c where c.patient_key = p.patient_key',
    )} as conditions,
    (select g.risk_group from patient_risk_groups g where g.patient_key = p.patient_key
      and g.from_at <= to_timestamp($4::float8 / 1000) and (g.to_at is null or g.to_at > to_timestamp($4::float8 / 1000)) limit 1) as risk_group,
    (select s.state -> 'last' from patient_state s where s.patient_key = p.patient_key) as last,
    coalesce((select json_agg(json_build_object('day', day, 'summary', s.summary, 'dirty', d.mark is not null) order by day)
      from (select day, summary from day_summaries
            where patient_key = p.patient_key and kind = 'cgm' and day between g.from_day and g.today) s
      full join (select day, mark from dirty_days
            where patient_key = p.patient_key and day between g.from_day and g.today) d using (day)), '[]') as days,
    coalesce((select json_agg(f.summary order by f.day) from day_summaries f
      where f.patient_key = p.patient_key and f.kind = 'cgm'
        and f.day between first_day.day and first_day.day + ${FIRST_CGM_DAYS - 1}), '[]') as first_days
  from unnest($1::int4[], $2::date[], $3::date[]) g (patient_key, from_day, today)
  join patients p using (patient_key)
  left join lateral (select min(day) as day from day_summaries
    where patient_key = p.patient_key and kind = 'cgm') first_day on true
  where p.erased_at is null`;

interface Patient {
  readonly entry: PatientEntry;
  readonly from: number;
  /** First instant of tomorrow. */
  readonly to: number;
}

/**
 * By patient; as far back as the rules look that each is judged by. Throws TemporaryFailure, and what the store throws.
 * @param now epoch ms
 */
export async function readPatientHistories(
  deps: PatientHistoryDeps,
  entries: readonly PatientEntry[],
  now: number,
): Promise<Map<number, PatientHistory>> {
  const histories = new Map<number, PatientHistory>();
  if (entries.length === 0) return histories;
  const patients = entries.map((entry) => stretchOf(entry, now));
  const [{ rows }, measured] = await Promise.all([
    againstPostgres(() =>
      deps.pool.query<HistoryRow>({ name: 'patient-histories', text: READ, values: valuesOf(patients, now) }),
    ),
    readStretchesOf(deps.timeSeries, patients, ['smbg', 'bp']),
  ]);
  const byKey = new Map(rows.map((row) => [row.patient_key, row]));
  const known = patients.filter(({ entry }) => byKey.has(entry.patientKey));
  const days = await summariesOf(deps, known, byKey);
  const nights = await readStretchesOf(
    deps.timeSeries,
    known.flatMap(({ entry }) => lowNightsOf(entry, days.get(entry.patientKey)!)),
    ['cgm'],
  );
  for (const { entry, from } of known) {
    const { patientKey } = entry;
    const row = byKey.get(patientKey)!;
    const cgmDays = days.get(patientKey)!;
    const firstCgmDays = firstDaysOf(row, cgmDays);
    const firstCgmAt = firstCgmDays[0]?.firstMeasuredAt;
    histories.set(patientKey, {
      from,
      cgmDays,
      firstCgmDays,
      cgm: nights.get(patientKey)?.cgm ?? [],
      smbg: measured.get(patientKey)?.smbg ?? [],
      bp: measured.get(patientKey)?.bp ?? [],
      lastAt: row.last ?? {},
      ...(firstCgmAt !== undefined && { firstCgmAt }),
      care: toCareFacts(row),
    });
  }
  return histories;
}

function stretchOf(entry: PatientEntry, now: number): Patient {
  const { timeZone } = entry.profile;
  const daysBack = Math.max(...entry.rules.history.map((rule) => rule.daysBack));
  const { from } = daysWindow(daysBack + 1, timeZone, now);
  return { entry, from, to: localDayBounds(localDayOf(now, timeZone), timeZone).endAt };
}

function valuesOf(patients: readonly Patient[], now: number) {
  return [
    numberArray(patients, ({ entry }) => entry.patientKey),
    textArray(patients, ({ entry, from }) => localDayOf(from, entry.profile.timeZone)),
    textArray(patients, ({ entry }) => localDayOf(now, entry.profile.timeZone)),
    now,
  ];
}

/** Days with readings, ascending. */
async function summariesOf(
  { timeSeries }: PatientHistoryDeps,
  patients: readonly Patient[],
  rows: ReadonlyMap<number, HistoryRow>,
): Promise<Map<number, DaySummary[]>> {
  const isStale = ({ summary, dirty }: HistoryRow['days'][number]) => dirty || summary?.version !== DAY_SUMMARY_VERSION;
  const stale = patients.flatMap(({ entry }): (PatientStretch & { readonly day: string })[] =>
    rows
      .get(entry.patientKey)!
      .days.filter(isStale)
      .map(({ day }) => {
        const { startAt: from, endAt: to } = localDayBounds(day, entry.profile.timeZone);
        return { entry, day, from, to };
      }),
  );
  const read = await readStretchesOf(timeSeries, stale, ['cgm']);
  const found = new Map<number, DaySummary[]>();
  for (const { entry } of patients) {
    const { patientKey, profile } = entry;
    const cgm = read.get(patientKey)?.cgm ?? [];
    const summaries = rows
      .get(patientKey)!
      .days.map((known) => (isStale(known) ? summariseDay(cgm, known.day, profile.timeZone) : known.summary!));
    found.set(
      patientKey,
      summaries.filter(({ groups }) => groups.length > 0),
    );
  }
  return found;
}

function lowNightsOf(entry: PatientEntry, days: readonly DaySummary[]): PatientStretch[] {
  const { timeZone } = entry.profile;
  return days.filter(hasLow).map(({ day }) => ({ entry, ...nightOf(localDayBounds(day, timeZone).startAt) }));
}

/** Those that lie in the history are known better there: what is marked was summed up anew. */
function firstDaysOf({ first_days: stored }: HistoryRow, cgmDays: readonly DaySummary[]): DaySummary[] {
  const anew = new Map(cgmDays.map((summary) => [summary.day, summary]));
  const current = stored.filter(({ version, groups }) => version === DAY_SUMMARY_VERSION && groups.length > 0);
  const first = current[0]?.day ?? cgmDays[0]?.day;
  if (first === undefined) return [];
  const known = new Map([...current.map((summary) => [summary.day, summary] as const), ...anew]);
  const end = addDays(first, FIRST_CGM_DAYS);
  return [...known.values()].filter(({ day }) => day >= first && day < end).sort((a, b) => (a.day < b.day ? -1 : 1));
}
