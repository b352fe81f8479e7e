// How long each patient of a team spent in each band of glucose, over days that were summed up: one statement, whatever the team's size.
import type { Pool } from 'pg';
import { GLUCOSE_BANDS, type GlucoseBand } from '../../domain/glucose-class.ts';
import { daysWindow, localDayOf, type Window } from '../../domain/local-day.ts';
import { DAY_SUMMARY_VERSION } from '../../domain/metrics/day-summary.ts';
import { RISK_GROUPS, type RiskGroup } from '../../domain/metrics/glucose-targets.ts';
import { textArray } from './array-literal.ts';

export interface PatientGlucose {
  readonly patientKey: number;
  readonly patientId: string;
  readonly riskGroup: RiskGroup;
  /** Local days of the patient's zone, up to now. */
  readonly window: Window;
  /** Minutes in slots with a reading; 0 where nothing was measured. */
  readonly coveredMin: number;
  /** Readings times their cadence. */
  readonly minutes: Readonly<Record<GlucoseBand, number>>;
}

interface Row {
  readonly patient_key: number;
  readonly patient_id: string;
  readonly time_zone: string;
  readonly risk_group: string | null;
  readonly covered_min: number | null;
  readonly minutes: number[] | null;
}

const bands = GLUCOSE_BANDS.map((_, index) => index + 1);
const READ = `
  with asked (time_zone, first_day) as (select * from unnest($2::text[], $3::date[]))
  select p.patient_key, p.patient_id, p.time_zone,
    (select g.risk_group from patient_risk_groups g where g.patient_key = p.patient_key
       and g.from_at <= to_timestamp($4::float8 / 1000) and (g.to_at is null or g.to_at > to_timestamp($4::float8 / 1000)) limit 1) as risk_group,
    d.covered_min, d.minutes
  from responsibilities r join patients p using (patient_key) join asked using (time_zone) left join lateral (
    select sum(day.covered_min) as covered_min, array[${bands.map((n) => `sum(day.b${n})`).join(', ')}] as minutes
    from day_summaries s, lateral (
      select (s.summary ->> 'coveredMin')::float8 as covered_min,
        ${bands.map((n) => `sum(g."cadenceMin" * g."bandCounts"[${n}]) as b${n}`).join(', ')}
      from jsonb_to_recordset(s.summary -> 'groups') as g ("cadenceMin" float8, "bandCounts" int[])) day
    where s.patient_key = p.patient_key and s.kind = 'cgm' and s.day >= asked.first_day and s.summary -> 'version' = $5::jsonb) d on true
  where r.team_id = $1 and r.to_at is null and p.erased_at is null
  order by p.patient_key`;

/**
 * The team's present patients, in the order of registration. Summaries may be as old as ingest's last flush.
 * @param days today and the local days before it, up to `now` (epoch ms)
 */
export async function readTeamGlucose(
  pool: Pick<Pool, 'query'>,
  teamId: string,
  days: number,
  now: number,
): Promise<PatientGlucose[]> {
  const windows = await windowsOfZones(pool, teamId, days, now);
  const zones = [...windows.keys()];
  const { rows } = await pool.query<Row>({
    name: 'team-glucose-read',
    text: READ,
    values: [
      teamId,
      textArray(zones, (zone) => zone),
      textArray(zones, (zone) => localDayOf(windows.get(zone)!.from, zone)),
      now,
      String(DAY_SUMMARY_VERSION),
    ],
  });
  return rows.map((row) => ({
    patientKey: row.patient_key,
    patientId: row.patient_id,
    riskGroup: RISK_GROUPS.find((known) => known === row.risk_group) ?? 'standard',
    window: windows.get(row.time_zone)!,
    coveredMin: row.covered_min ?? 0,
    minutes: Object.fromEntries(GLUCOSE_BANDS.map((name, index) => [name, row.minutes?.[index] ?? 0])) as Record<
      GlucoseBand,
      number
    >,
  }));
}

/** Most teams have one zone. */
async function windowsOfZones(
  pool: Pick<Pool, 'query'>,
  teamId: string,
  days: number,
  now: number,
): Promise<Map<string, Window>> {
  const { rows } = await pool.query<{ time_zone: string }>({
    name: 'team-zones-read',
    text: `select distinct p.time_zone from responsibilities r join patients p using (patient_key)
      where r.team_id = $1 and r.to_at is null and p.erased_at is null`,
    values: [teamId],
  });
  return new Map(rows.map(({ time_zone }) => [time_zone, daysWindow(days, time_zone, now)]));
}
