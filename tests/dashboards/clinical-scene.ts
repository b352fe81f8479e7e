// Patients with readings and alerts in the store, written as ingest and alerting write them, for tests of the clinical routes.
import { v7 as uuidv7 } from 'uuid';
import { localDayBounds, localDaysOf } from '../../domain/local-day.ts';
import { summariseDay } from '../../domain/metrics/day-summary.ts';
import type { BloodPressureReading, GlucoseReading, Reading } from '../../domain/reading.ts';
import type { EvidenceReading, Severity } from '../../domain/rules/rule.ts';
import { writeDaySummaries } from '../../storage/readings/day-summaries.ts';
import { packDayTrace } from '../../storage/readings/day-trace.ts';
import { rowsOfReadings, toSeries } from '../../storage/readings/device-rows.ts';
import { createDevice, createPatient, type TestApi } from './test-api.ts';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

export interface Monitored {
  readonly patientId: string;
  readonly patientKey: number;
  readonly deviceId: string;
  readonly deviceKey: number;
}

/** A patient with one device that has always been theirs. */
export async function monitor(api: TestApi, teamId: string, kind = 'cgm', extra: object = {}): Promise<Monitored> {
  const patientId = await createPatient(api.admin, teamId, extra);
  return { patientId, ...(await addDevice(api, patientId, kind)) };
}

export async function addDevice(api: TestApi, patientId: string, kind: string, extra: object = {}) {
  const deviceId = await createDevice(api.admin, { kind, patientId, ...extra });
  const { rows } = await api.database.pool.query<{ patient_key: number; device_key: number }>(
    `select b.patient_key, d.device_key from devices d join device_bindings b using (device_key)
     join patients p using (patient_key) where d.device_id = $1 and p.patient_id = $2`,
    [deviceId, patientId],
  );
  return { deviceId, deviceKey: rows[0]!.device_key, patientKey: rows[0]!.patient_key };
}

export function glucose(
  deviceKey: number,
  at: number,
  value: number,
  extra: Partial<GlucoseReading> = {},
): GlucoseReading {
  const times = { at, measuredAt: at, receivedAt: at + 2_000 };
  return { kind: 'cgm', deviceKey, ...times, value, unit: 'mmol/L', flags: [], ...extra };
}

export function pressure(
  deviceKey: number,
  at: number,
  systolicMmHg: number,
  diastolicMmHg: number,
): BloodPressureReading {
  return {
    kind: 'bp',
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at + 2_000,
    systolicMmHg,
    diastolicMmHg,
    receivedSystolic: systolicMmHg,
    receivedDiastolic: diastolicMmHg,
    unit: 'mmHg',
    flags: [],
  };
}

let stored = 0;

export async function store(api: TestApi, readings: readonly Reading[]): Promise<void> {
  const items = readings.map((reading) => ({
    reading,
    origin: { partition: 0, seq: ++stored, index: 0 },
    revision: 0,
  }));
  await api.services.storage.timeSeries.write(items, []);
}

/** Sums the days of [from, to) up, as ingest's flush does, with their readings or without; their marks are taken back. */
export async function flushDays(
  api: TestApi,
  { patientKey, deviceKey }: Monitored,
  from: number,
  to: number,
  { timeZone = 'Asia/Shanghai', traces = false }: { timeZone?: string; traces?: boolean } = {},
): Promise<void> {
  const span = { deviceKey, fromAt: from - 2 * DAY_MS, toAt: to + 2 * DAY_MS, clockAheadMs: 0, clockBehindMs: 0 };
  const readings = await api.services.storage.timeSeries.read([span], ['cgm']);
  const cgm = rowsOfReadings(readings).map((rows) => toSeries(rows, 5));
  const summaries = localDaysOf({ from, to }, timeZone)
    .map((day) => summariseDay(cgm, day, timeZone))
    .filter(({ groups }) => groups.length > 0)
    .map((summary) => {
      const { startAt, endAt } = localDayBounds(summary.day, timeZone);
      const trace = traces ? packDayTrace(cgm, { from: startAt, to: endAt }) : undefined;
      return { patientKey, summary, trace };
    });
  await writeDaySummaries(api.database.pool, summaries, ++flushedAt);
  await api.database.pool.query('delete from dirty_days where patient_key = $1 and day = any($2::date[])', [
    patientKey,
    localDaysOf({ from, to }, timeZone),
  ]);
}

let flushedAt = Date.now();

export async function markDirty(api: TestApi, { patientKey }: Monitored, day: string): Promise<void> {
  await api.database.pool.query(
    `insert into dirty_days (patient_key, day, partition, mark) values ($1, $2, 0, nextval('dirty_day_marks'))
     on conflict (patient_key, day) do update set mark = excluded.mark`,
    [patientKey, day],
  );
}

export interface OpenAlert {
  readonly severity?: Severity;
  readonly state?: string;
  readonly openedAt?: number;
  readonly condition?: string;
  readonly evidence?: readonly EvidenceReading[];
}

/** As alerting leaves it once it was decided. Answers the alert's id. */
export async function openAlert(
  { database }: TestApi,
  { patientKey }: Pick<Monitored, 'patientKey'>,
  teamId: string | null,
  {
    severity = 'critical',
    state = 'open',
    openedAt = Date.now(),
    condition = 'glucose',
    evidence = [],
  }: OpenAlert = {},
): Promise<string> {
  const alertId = uuidv7();
  const closedAt = ['resolved', 'expired', 'retrospective'].includes(state) ? openedAt + 1 : null;
  await database.pool.query(
    `insert into alerts (alert_id, patient_key, team_id, condition, direction, severity, peak_severity, state, signal, opened_at, fired_at, closed_at)
     values ($1, $2, $3, $4, 'low', $5, $5, $6, 'firing', $7, $7, $8)`,
    [alertId, patientKey, teamId, condition, severity, state, openedAt, closedAt],
  );
  await database.pool.query(
    `insert into alert_reasons (alert_id, rule_id, episode_id, severity, firing, joined_at, episode_start_at, explanation, evidence)
     values ($1, 'CGM-01', $2, $3, true, $4, $4, $5, $6)`,
    [
      alertId,
      uuidv7(),
      severity,
      openedAt,
      JSON.stringify({ reason: 'below_line_twice', thresholds: {} }),
      JSON.stringify(evidence),
    ],
  );
  await database.pool.query(
    `insert into alert_timeline (alert_id, at, event, reason, actor_kind) values ($1, $2, 'opened', 'below_line_twice', 'system')`,
    [alertId, openedAt],
  );
  return alertId;
}
