// The series that the domain reads, made of a case's rows as ingest would: checked, de-duplicated, sorted.
import { trueTimeOf } from '../../domain/clock-offset.ts';
import { judgeCorrection } from '../../domain/correction.ts';
import type { DeviceEvent } from '../../domain/device-event.ts';
import { DEFAULT_DEVICE_MODELS, type DeviceModel } from '../../domain/device-model.ts';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import type { Window } from '../../domain/local-day.ts';
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import { checkGlucose, timeRejection } from '../../domain/plausibility.ts';
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
/** DATA-04 hears of what is further ahead (clinical.md §7). */
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
  /** For good; those that are kept for review are `quarantined`. */
  readonly rejected: number;
  /** What ingest would tell of the devices beside their readings. */
  readonly deviceEvents: readonly DeviceEvent[];
  /** When anything of it came, epoch ms. */
  readonly receivedAt: readonly number[];
  /** Whether anything came at another time than it was measured at. */
  readonly comesLater: boolean;
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

export interface TakeOptions {
  readonly kind?: GlucoseKind;
  /** A reading that took longer is late. */
  readonly lateAfterMs?: number;
  /** Epoch ms: what came later isn't known yet. */
  readonly knownAt?: number;
}

/** One series a segment, and one a device where rows of several are mixed. */
export function takeRows(
  input: CaseReadings,
  { kind = 'cgm', lateAfterMs = LIVE_WITHIN_MS, knownAt = Number.POSITIVE_INFINITY }: TakeOptions = {},
): TakenRows {
  const counts = { duplicates: 0, conflicts: 0, errorCodes: 0, quarantined: 0, rejected: 0 };
  const deviceEvents: DeviceEvent[] = [];
  const receivedAt = new Set<number>();
  let comesLater = false;
  const toldReceipt = input.received === undefined ? undefined : parseTime(input.received, 'received', startOf(input));
  const cameAtOf = (row: CaseRow) => row.receivedAt ?? toldReceipt ?? row.at;
  const series = devicesOf(input).map(({ device, cadenceMin, unit, rows }, index) => {
    const deviceKey = index + 1;
    const model = modelOf(device);
    const taken: Taken[] = [];
    for (const row of rows) {
      receivedAt.add(cameAtOf(row));
      comesLater ||= cameAtOf(row) !== row.at;
    }
    const known = rows.filter((row) => cameAtOf(row) <= knownAt).toSorted((a, b) => cameAtOf(a) - cameAtOf(b));
    for (const row of oncePerInstant(known, unit, counts)) {
      const { value, word } = glucoseOf(row);
      const rowUnit = row.unit ?? unit;
      const cameAt = cameAtOf(row);
      if (timeRejection(row.at, cameAt) !== undefined) {
        counts.rejected += 1;
        continue;
      }
      const { accepted, rejection } = checkGlucose({ kind, value, unit: rowUnit }, model ?? scaleOf(word));
      if (accepted === undefined) {
        if (rejection.waivable) counts.quarantined += 1;
        else counts.rejected += 1;
        if (rejection.sensorError) {
          counts.errorCodes += 1;
          deviceEvents.push({ deviceKey, at: cameAt, what: 'error_code' });
        }
        continue;
      }
      const { code, flags } = accepted;
      const mgPerDl = code === undefined ? toMgPerDl(accepted.value, rowUnit) : accepted.value;
      // No case tells `sentAt` of a connection: what lies in the future was made when it came (§1.1).
      const { measuredAt: at, clockFlag: clock } = trueTimeOf(row.at, cameAt, undefined);
      if (row.at - cameAt > CLOCK_AHEAD_MS) deviceEvents.push({ deviceKey, at: cameAt, what: 'clock_ahead' });
      if (cameAt - row.at > DAY_MS) deviceEvents.push({ deviceKey, at: cameAt, what: 'stale_upload' });
      const suspect = row.suspect ?? flags.includes('suspect');
      taken.push({
        ...row,
        at,
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
    return toSeries(taken, deviceKey, cadenceMin, input.context, lateAfterMs);
  });
  deviceEvents.sort((a, b) => a.at - b.at);
  return { series, receivedAt: [...receivedAt], comesLater, deviceEvents, ...counts };
}

interface DeviceRows {
  readonly device: string | undefined;
  readonly cadenceMin: number;
  readonly unit: GlucoseUnit;
  readonly rows: readonly CaseRow[];
}

function devicesOf(input: CaseReadings): DeviceRows[] {
  return (input.segments ?? [input]).flatMap((segment, index) => {
    const cadenceMin = cadenceIn({ ...input, ...segment });
    const start = segment.start ?? input.start;
    const given: CaseSegment = { ...segment, ...(start !== undefined && { start }) };
    const all = rowsOf(given, cadenceMin, input.segments ? `segments[${index}]` : 'input');
    const byDevice = Map.groupBy(all, (row) => row.device ?? segment.device ?? input.device);
    const told = segment.unit ?? input.unit;
    const unitOfAll = told ?? unitOf(all, modelOf(segment.device ?? input.device));
    // What a meter measured of its control solution never counts.
    const counted = (rows: readonly CaseRow[]) => rows.filter(({ flags }) => !flags?.includes('control_solution'));
    if (byDevice.size === 0) byDevice.set(segment.device ?? input.device, []);
    return [...byDevice].map(([device, rows]) => ({ device, cadenceMin, unit: unitOfAll, rows: counted(rows) }));
  });
}

/** As the case says, else its device's, else 5 min. */
export function cadenceIn(input: CaseSegment): number {
  return input.cadence_min ?? modelOf(input.device)?.cadenceMin ?? cadenceOf(input);
}

/** Without a model the maker's word tells the scale: HI is 501 mg/dL, HIGH 401 (§1.4). */
export function scaleOf(word: string | undefined): DeviceModel | undefined {
  return word === 'HI' ? modelOf('libre') : undefined;
}

/**
 * A case that names no unit: no meter shows 33.3 mg/dL and less all along, nor more than that in mmol/L (§2.3). But whole numbers of a
 * sensor that has error codes may be those.
 */
function unitOf(rows: readonly CaseRow[], model: DeviceModel | undefined): GlucoseUnit {
  const numbers = rows.flatMap((row) => {
    const { value } = glucoseOf(row);
    return typeof value === 'number' ? value : [];
  });
  if (model?.errorBelowMgPerDl !== undefined && numbers.every(Number.isInteger)) return 'mg/dL';
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

/** By the name of its line, however the case writes the rest: `dexcom_g6`, `FreeStyle Libre 2`. */
export function modelOf(device: string | undefined): DeviceModel | undefined {
  const named = device?.toLowerCase();
  return DEFAULT_DEVICE_MODELS.find(({ modelId, kind }) => kind === 'cgm' && named?.includes(modelId));
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
