// The series that the domain reads, made of a case's rows as ingest would: checked, de-duplicated, sorted.
import { judgeCorrection } from '../../domain/correction.ts';
import type { DeviceEvent } from '../../domain/device-event.ts';
import { DEFAULT_DEVICE_MODELS, type DeviceModel } from '../../domain/device-model.ts';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import type { Window } from '../../domain/local-day.ts';
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { checkGlucose } from '../../domain/plausibility.ts';
import { type GlucoseKind, type GlucoseUnit, LIVE_WITHIN_MS, type ScaleCode } from '../../domain/reading.ts';
import { isJump } from '../../domain/suspect-reading.ts';
import { toMgPerDl } from '../../domain/units.ts';
import {
  type CaseReadings,
  type CaseRow,
  type CaseSegment,
  cadenceOf,
  glucoseOf,
  parseTime,
  rowsOf,
  startOf,
  zoneOf,
} from './case-input.ts';

const DAY_MS = 86_400_000;
/** A device further ahead measured when its reading came (clinical.md §1.1). */
const CLOCK_AHEAD_MS = 5 * 60_000;
const MOST_MMOL_PER_L = 33.3;

/** What became of a case's rows. */
export interface TakenRows {
  readonly series: GlucoseSeries[];
  readonly duplicates: number;
  /** Rows of an instant that had another value: the higher `seq` stands. */
  readonly conflicts: number;
  readonly errorCodes: number;
  readonly quarantined: number;
  readonly rejected: number;
  /** What ingest would tell of the devices beside their readings. */
  readonly deviceEvents: readonly DeviceEvent[];
}

interface Taken extends CaseRow {
  readonly at: number;
  readonly mgPerDl: number;
  readonly counted: number;
  readonly unit: GlucoseUnit;
  readonly code?: ScaleCode | undefined;
  suspect?: boolean | undefined;
  readonly clock: boolean;
}

/** One series a segment. @param lateAfterMs a reading that took longer is late */
export function takeRows(input: CaseReadings, kind: GlucoseKind = 'cgm', lateAfterMs = LIVE_WITHIN_MS): TakenRows {
  const counts = { duplicates: 0, conflicts: 0, errorCodes: 0, quarantined: 0, rejected: 0 };
  const deviceEvents: DeviceEvent[] = [];
  const segments = input.segments ?? [input];
  const series = segments.map((segment, index) => {
    const model = modelOf(segment.device ?? input.device);
    const cadenceMin = segment.cadence_min ?? input.cadence_min ?? model?.cadenceMin ?? cadenceOf(input);
    const given: CaseSegment = { ...segment, start: segment.start ?? input.start ?? undefined } as CaseSegment;
    const rows = rowsOf(given, cadenceMin, input.segments ? `segments[${index}]` : 'input');
    const unit = segment.unit ?? input.unit ?? unitOf(rows);
    const receivedAt = input.received === undefined ? undefined : parseTime(input.received, 'received', startOf(input));
    const taken: Taken[] = [];
    for (const row of oncePerInstant(rows, unit, counts)) {
      const { value } = glucoseOf(row);
      const rowUnit = row.unit ?? unit;
      const { accepted, rejection } = checkGlucose({ kind, value, unit: rowUnit }, model);
      if (accepted === undefined) {
        counts.rejected += 1;
        if (rejection.sensorError) {
          counts.errorCodes += 1;
          deviceEvents.push({ deviceKey: index + 1, at: row.receivedAt ?? receivedAt ?? row.at, what: 'error_code' });
        }
        if (rejection.waivable) counts.quarantined += 1;
        continue;
      }
      const { code, flags } = accepted;
      const mgPerDl = code === undefined ? toMgPerDl(accepted.value, rowUnit) : accepted.value;
      const cameAt = row.receivedAt ?? receivedAt ?? row.at;
      const clock = row.at - cameAt > CLOCK_AHEAD_MS;
      if (clock) deviceEvents.push({ deviceKey: index + 1, at: cameAt, what: 'clock_ahead' });
      if (cameAt - row.at > DAY_MS) deviceEvents.push({ deviceKey: index + 1, at: cameAt, what: 'stale_upload' });
      const suspect = row.suspect ?? flags.includes('suspect');
      taken.push({
        ...row,
        at: clock ? cameAt : row.at,
        receivedAt: cameAt,
        mgPerDl,
        counted: accepted.value,
        unit: rowUnit,
        code,
        suspect,
        clock,
      });
    }
    taken.sort((a, b) => a.at - b.at);
    markJumps(taken);
    return toSeries(taken, index + 1, cadenceMin, input.context, lateAfterMs);
  });
  return { series, deviceEvents: deviceEvents.sort((a, b) => a.at - b.at), ...counts };
}

/** A case that names no unit: no meter shows 33.3 mg/dL and less all along, nor more than that in mmol/L (§2.3). */
function unitOf(rows: readonly CaseRow[]): GlucoseUnit {
  const numbers = rows.flatMap((row) => {
    const { value } = glucoseOf(row);
    return typeof value === 'number' ? value : [];
  });
  return numbers.length > 0 && numbers.every((value) => value <= MOST_MMOL_PER_L) ? 'mmol/L' : 'mg/dL';
}

export function seriesOf(input: CaseReadings): GlucoseSeries[] {
  return takeRows(input).series;
}

/** The case's own window; else its local day; else `days` from its start; else from the first reading to just after the last. */
export function windowOf(input: CaseReadings, series: readonly GlucoseSeries[]): Window {
  const startAt = startOf(input);
  if (input.window !== undefined) {
    const [from, to] = input.window;
    return { from: parseTime(from, 'window', startAt), to: parseTime(to, 'window', startAt) };
  }
  if (input.date !== undefined) {
    const { startAt: from, endAt: to } = localDayBounds(input.date, zoneOf(input));
    return { from, to };
  }
  const days = input.window_days ?? input.days;
  if (days !== undefined) return { from: startAt, to: startAt + days * DAY_MS };
  const times = series.flatMap(({ measuredAt }) => Array.from(measuredAt));
  if (times.length === 0) return { from: startAt, to: startAt };
  return { from: Math.min(...times), to: Math.max(...times) + 1 };
}

/** From the first instant of the local day of the first reading to that after the last one's. */
export function wholeDaysOf(input: CaseReadings, series: readonly GlucoseSeries[]): Window {
  const { from, to } = windowOf(input, series);
  const timeZone = zoneOf(input);
  if (to <= from) return { from, to };
  const startAt = localDayBounds(localDayOf(from, timeZone), timeZone).startAt;
  return { from: startAt, to: localDayBounds(localDayOf(to - 1, timeZone), timeZone).endAt };
}

export function modelOf(device: string | undefined): DeviceModel | undefined {
  return DEFAULT_DEVICE_MODELS.find(({ modelId }) => modelId === device?.toLowerCase());
}

function toSeries(
  rows: readonly Taken[],
  deviceKey: number,
  cadenceMin: number,
  context: CaseReadings['context'],
  lateAfterMs: number,
): GlucoseSeries {
  return {
    deviceKey,
    cadenceMin,
    length: rows.length,
    measuredAt: rows.map(({ at }) => at),
    value: rows.map(({ counted }) => counted),
    meta: rows.map((row) =>
      packMeta({
        unit: row.unit,
        code: row.code,
        context: row.context ?? context,
        late: (row.receivedAt ?? row.at) - row.at > lateAfterMs,
        suspect: row.suspect ?? false,
        clock: row.clock,
      }),
    ),
  };
}

function markJumps(rows: readonly Taken[]): void {
  for (let row = 1; row < rows.length; row++) {
    const [before, after] = [rows[row - 1]!, rows[row]!];
    if (isJump(before.mgPerDl, before.at, after.mgPerDl, after.at)) after.suspect = true;
  }
}

function oncePerInstant(
  rows: readonly CaseRow[],
  unit: GlucoseUnit,
  counts: { duplicates: number; conflicts: number },
): CaseRow[] {
  const current = new Map<number, CaseRow>();
  const previous = new Map<number, CaseRow[]>();
  const version = (row: CaseRow) => {
    const { value, seq } = glucoseOf(row);
    return { value: `${value} ${row.unit ?? unit}`, seq, sentAt: row.sentAt };
  };
  for (const row of rows) {
    const standing = current.get(row.at);
    if (standing === undefined) {
      current.set(row.at, row);
      continue;
    }
    const replaced = previous.get(row.at) ?? [];
    const fate = judgeCorrection(version(row), version(standing), replaced.map(version));
    if (fate === 'duplicate') {
      counts.duplicates += 1;
      continue;
    }
    counts.conflicts += 1;
    previous.set(row.at, [...replaced, fate === 'correction' ? standing : row]);
    if (fate === 'correction') current.set(row.at, row);
  }
  return [...current.values()].sort((a, b) => a.at - b.at);
}
