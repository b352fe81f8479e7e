// Reads patients with everything dated about them in one statement, and maps the rows to the domain's shape.
import type { Pool } from 'pg';
import { symptomCodeOf } from '../../domain/care/symptom.ts';
import { treatmentClassOf } from '../../domain/care/treatment.ts';
import type { DeviceKind, DeviceModel } from '../../domain/device-model.ts';
import type { Period } from '../../domain/rules/rule.ts';
import type { RuleOverrides } from '../../domain/rules/rule-overrides.ts';
import { createRuleSet, usableOverrides } from '../../domain/rules/rule-set.ts';
import type { PatientDevice, PatientEntry } from './patient-profiles.ts';

const DAY_MS = 86_400_000;

interface PatientRow {
  readonly patient_key: number;
  readonly patient_id: string;
  readonly birth_date: string | null;
  readonly time_zone: string;
  readonly registered_at: Date;
  readonly team_id: string | null;
  readonly team_thresholds: RuleOverrides | null;
  readonly treatments: { class: string; from: number; to: number | null }[];
  readonly cgm_periods: { from: number; to: number | null }[];
  readonly symptoms: { code: string; at: number }[];
  readonly targets: TargetsPart[];
  readonly now: number;
  readonly devices: DevicePart[];
}

/** Those that hold now or begin later. */
interface TargetsPart {
  readonly thresholds: RuleOverrides | null;
  readonly from: number;
  readonly to: number | null;
}

interface DevicePart {
  readonly deviceKey: number;
  readonly kind: DeviceKind;
  readonly model: DeviceModel | null;
  readonly slot: string | null;
  readonly fromAt: number;
  readonly toAt: number | null;
  readonly clockAheadMs: number;
  readonly clockBehindMs: number;
  readonly sensorStartedAt: number | null;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::int8`;
const list = (object: string, from: string) => `coalesce((select json_agg(json_build_object(${object}) ${from}), '[]')`;

const READ = `
  select p.patient_key, p.patient_id, p.birth_date, p.time_zone, p.registered_at,
    (select r.team_id from responsibilities r where r.patient_key = p.patient_key and r.to_at is null) as team_id,
    (select tr.thresholds from team_rules tr join responsibilities r using (team_id)
     where r.patient_key = p.patient_key and r.to_at is null order by tr.revision desc limit 1) as team_thresholds,
    ${list(
      `'class', t.class, 'from', ${ms('t.from_at')}, 'to', ${ms('t.to_at')}`,
      'order by t.from_at) from treatments t where t.patient_key = p.patient_key',
    )} as treatments,
    ${list(
      `'from', ${ms('pl.from_at')}, 'to', ${ms('pl.to_at')}`,
      `order by pl.from_at) from plans pl where pl.patient_key = p.patient_key and pl.plan @> '{"cgmExpected": true}'`,
    )} as cgm_periods,
    ${list(
      `'code', s.code, 'at', ${ms('s.at')}`,
      'order by s.at) from symptoms s where s.patient_key = p.patient_key',
    )} as symptoms,
    ${list(
      `'thresholds', tg.targets -> 'thresholds', 'from', ${ms('tg.from_at')}, 'to', ${ms('tg.to_at')}`,
      'order by tg.from_at) from targets tg where tg.patient_key = p.patient_key and (tg.to_at is null or tg.to_at > now())',
    )} as targets,
    ${ms('now()')} as now,
    ${list(
      `'deviceKey', d.device_key, 'kind', d.kind, 'model', m.model, 'slot', b.slot, 'fromAt', ${ms('b.from_at')},
       'toAt', ${ms('b.to_at')}, 'clockAheadMs', d.clock_ahead_ms, 'clockBehindMs', d.clock_behind_ms,
       'sensorStartedAt', ${ms('st.sensor_started_at')}`,
      `order by b.from_at) from device_bindings b join devices d using (device_key)
         left join device_models m on m.model_id = d.model_id left join device_status st using (device_key)
       where b.patient_key = p.patient_key`,
    )} as devices
  from patients p where p.patient_key = any($1::int[]) and p.erased_at is null`;

export async function readPatientEntries(
  pool: Pick<Pool, 'query'>,
  patientKeys: readonly number[],
): Promise<Map<number, PatientEntry>> {
  const { rows } = await pool.query<PatientRow>(READ, [patientKeys]);
  const ofTeams = new Map<string | null, RuleOverrides>();
  for (const { team_id, team_thresholds } of rows)
    if (!ofTeams.has(team_id)) ofTeams.set(team_id, usableOverrides(team_thresholds ?? {}));
  return new Map(rows.map((row) => [row.patient_key, toEntry(row, ofTeams.get(row.team_id) ?? {})]));
}

function toEntry(row: PatientRow, teamRules: RuleOverrides): PatientEntry {
  const sensorPeriods = row.devices.flatMap((device) => sensorPeriod(device) ?? []);
  return {
    patientKey: row.patient_key,
    patientId: row.patient_id,
    teamId: row.team_id ?? undefined,
    ...rulesOf(row, teamRules),
    profile: {
      birthDate: row.birth_date ?? undefined,
      timeZone: row.time_zone,
      registeredAt: row.registered_at.getTime(),
      treatments: row.treatments.map((treatment) => ({
        class: treatmentClassOf(treatment.class),
        from: treatment.from,
        to: treatment.to ?? undefined,
      })),
      cgmPeriods: row.cgm_periods.map(({ from, to }) => ({ from, to: to ?? undefined })),
      ...(sensorPeriods.length > 0 ? { sensorPeriods } : {}),
      symptoms: row.symptoms.map(({ code, at }) => ({ code: symptomCodeOf(code), at })),
    },
    devices: row.devices.map(toDevice),
  };
}

function rulesOf({ targets, now }: PatientRow, team: RuleOverrides): Pick<PatientEntry, 'rules' | 'rulesUntil'> {
  const held = targets.findLast(({ from }) => from <= now);
  const rules = createRuleSet(team, usableOverrides(held?.thresholds ?? {}));
  const changes = targets.flatMap(({ from, to }) => [from, to ?? now]).filter((at) => at > now);
  return changes.length === 0 ? { rules } : { rules, rulesUntil: Math.min(...changes) };
}

function toDevice({ model, slot, toAt, sensorStartedAt: _, ...rest }: DevicePart): PatientDevice {
  return { ...rest, model: model ?? undefined, slot: slot ?? undefined, toAt: toAt ?? undefined };
}

/** The life of the sensor worn, where the device told its start and the model its life. */
function sensorPeriod({ kind, model, sensorStartedAt }: DevicePart): Period | undefined {
  if (kind !== 'cgm' || sensorStartedAt === null || model?.sensorLifeDays === undefined) return undefined;
  return { from: sensorStartedAt, to: sensorStartedAt + model.sensorLifeDays * DAY_MS };
}
