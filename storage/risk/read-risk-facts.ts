// What is known of patients for their order of risk, many at a time: from day summaries, never from a history of readings.
import type { Pool } from 'pg';
import { homeBloodPressure } from '../../domain/blood-pressure/home.ts';
import { daysWindow, localDayOf, type Window } from '../../domain/local-day.ts';
import { DAY_SUMMARY_VERSION, type DaySummary } from '../../domain/metrics/day-summary.ts';
import { glucoseMetrics } from '../../domain/metrics/glucose-metrics.ts';
import { RISK_GROUPS } from '../../domain/metrics/glucose-targets.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import type { BloodPressureReading } from '../../domain/reading.ts';
import type { RiskFacts } from '../../domain/risk.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import type { TimeSeries } from '../ports/time-series.ts';
import { deviceSpans, type PatientEntry, type PatientProfiles } from '../registry/patient-profiles.ts';

export interface RiskFactsDeps {
  readonly pool: Pick<Pool, 'query'>;
  readonly timeSeries: Pick<TimeSeries, 'read'>;
  readonly profiles: Pick<PatientProfiles, 'load'>;
}

const GLUCOSE_DAYS = 14;
const PRESSURE_DAYS = 7;
const DAY_MS = 86_400_000;
/** A day's summary may be counted in any zone. */
const ZONES_REACH_MS = DAY_MS;

interface FactsRow {
  readonly patient_key: number;
  readonly alerts: { severity: Severity; acknowledged: boolean }[];
  readonly risk_group: string | null;
  readonly last: Readonly<Record<string, number>> | null;
  readonly summaries: DaySummary[];
}

// A snoozed alert has an owner: somebody has put it off and said why.
const READ = `
  select p.patient_key,
    coalesce((select json_agg(json_build_object('severity', a.severity, 'acknowledged', a.state <> 'open'))
      from alerts a where a.patient_key = p.patient_key and a.state in ('open', 'acknowledged', 'snoozed') and not a.test), '[]') as alerts,
    (select g.risk_group from patient_risk_groups g where g.patient_key = p.patient_key
       and g.from_at <= to_timestamp($2::float8 / 1000) and (g.to_at is null or g.to_at > to_timestamp($2::float8 / 1000)) limit 1) as risk_group,
    (select s.state -> 'last' from patient_state s where s.patient_key = p.patient_key) as last,
    coalesce((select json_agg(d.summary) from day_summaries d
      where d.patient_key = p.patient_key and d.kind = 'cgm' and d.day >= $3::date), '[]') as summaries
  from patients p where p.patient_key = any($1::int[]) and p.erased_at is null`;

/** Erased and unknown patients are absent. Summaries may be as old as ingest's last flush: this orders a list. */
export async function readRiskFacts(
  deps: RiskFactsDeps,
  patientKeys: readonly number[],
  now: number,
): Promise<Map<number, RiskFacts>> {
  const { pool, profiles } = deps;
  const earliestDay = localDayOf(now - GLUCOSE_DAYS * DAY_MS - ZONES_REACH_MS, 'UTC');
  const [{ rows }, patients] = await Promise.all([
    pool.query<FactsRow>({ name: 'risk-facts', text: READ, values: [patientKeys, now, earliestDay] }),
    profiles.load(patientKeys),
  ]);
  const pressures = await readPressures(deps, [...patients.values()], now);
  const facts = new Map<number, RiskFacts>();
  for (const row of rows) {
    const patient = patients.get(row.patient_key);
    if (patient !== undefined) facts.set(row.patient_key, toFacts(row, patient, pressures.get(row.patient_key), now));
  }
  return facts;
}

function toFacts(
  row: FactsRow,
  { profile }: PatientEntry,
  pressures: readonly BloodPressureReading[] = [],
  now: number,
): RiskFacts {
  const { timeZone } = profile;
  const bands = sufficientBands(row.summaries, { ...daysWindow(GLUCOSE_DAYS, timeZone, now), timeZone });
  const { mean } = homeBloodPressure(pressures, daysWindow(PRESSURE_DAYS, timeZone, now), timeZone);
  const lastAt = Math.max(profile.registeredAt, ...Object.values(row.last ?? {}));
  return {
    riskGroup: RISK_GROUPS.find((known) => known === row.risk_group) ?? 'standard',
    openAlerts: row.alerts,
    ...(bands && {
      belowRangePercent: bands.veryLow + bands.low,
      veryLowPercent: bands.veryLow,
      veryHighPercent: bands.veryHigh,
    }),
    ...(mean && { homeMean: mean }),
    silentDays: Math.max(0, now - lastAt) / DAY_MS,
  };
}

/** A window with too little data judges nobody. */
function sufficientBands(summaries: readonly DaySummary[], window: Window & { readonly timeZone: string }) {
  const firstDay = localDayOf(window.from, window.timeZone);
  const current = summaries.filter(({ version, day }) => version === DAY_SUMMARY_VERSION && day >= firstDay);
  const metrics = glucoseMetrics(mergeDaySummaries(current), { ...window, askedBy: 'days' });
  return metrics.sufficient ? metrics.timeInRange : undefined;
}

async function readPressures(
  { timeSeries }: RiskFactsDeps,
  patients: readonly PatientEntry[],
  now: number,
): Promise<Map<number, BloodPressureReading[]>> {
  const spans = patients.flatMap(({ patientKey, profile, devices }) => {
    const { from, to } = daysWindow(PRESSURE_DAYS, profile.timeZone, now);
    return deviceSpans(devices, from, to, ['bp_monitor', 'gateway']).map((span) => ({ ...span, patientKey }));
  });
  const found = new Map<number, BloodPressureReading[]>();
  if (spans.length === 0) return found;
  const byDevice = Map.groupBy(spans, ({ deviceKey }) => deviceKey);
  for (const { reading } of await timeSeries.read(spans, ['bp'])) {
    if (reading.kind !== 'bp') continue;
    const owner = byDevice
      .get(reading.deviceKey)
      ?.find(
        ({ slot, fromAt, toAt }) =>
          reading.measuredAt >= fromAt && reading.measuredAt < toAt && (slot === undefined || slot === reading.slot),
      );
    if (owner === undefined) continue;
    const own = found.get(owner.patientKey);
    if (own === undefined) found.set(owner.patientKey, [reading]);
    else own.push(reading);
  }
  return found;
}
