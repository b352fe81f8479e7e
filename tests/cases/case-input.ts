// How worked cases write readings: evenly spaced values, runs, rows by minute or by instant, segments of other cadences.
// Promise: what can't be read is an error that names the field; an absent value (null) is an empty slot.
import type { GlucoseContext, GlucoseUnit } from '../../domain/reading.ts';

export type CaseValue = number | 'LOW' | 'HIGH';

export interface CaseSegment {
  cadence_min?: number;
  start?: string;
  unit?: GlucoseUnit;
  device?: string;
  values?: unknown[];
  runs?: [unknown, number][];
  readings_min?: unknown[];
  readings?: unknown[];
}

/** The forms in which a case gives readings. */
export interface CaseReadings extends CaseSegment {
  segments?: CaseSegment[];
  received?: string;
  context?: GlucoseContext;
  tz?: string;
  time_zone?: string;
  window?: [string, string];
  days?: number;
  window_days?: number;
  date?: string;
}

/** One row before anything judged it. `value` is whatever stands there: a number, a code, or a pair of pressures. */
export interface CaseRow {
  readonly at: number;
  readonly receivedAt?: number | undefined;
  readonly value: unknown;
  readonly unit?: GlucoseUnit | undefined;
  readonly context?: GlucoseContext | undefined;
  readonly seq?: number | undefined;
  readonly sentAt?: number | undefined;
  readonly suspect?: boolean | undefined;
}

export class CaseError extends Error {}

const DEFAULT_START = '2026-05-01T08:00:00+08:00';
export const DEFAULT_ZONE = 'Asia/Shanghai';
const DEFAULT_CADENCE_MIN = 5;
const MINUTE_MS = 60_000;
/** Numbers above it are epoch ms, below it minutes after the case's start. */
const FIRST_EPOCH_MS = 1e11;

export function zoneOf(input: { tz?: string; time_zone?: string }): string {
  return input.tz ?? input.time_zone ?? DEFAULT_ZONE;
}

export function startOf(input: Pick<CaseSegment, 'start'>): number {
  return parseTime(input.start ?? DEFAULT_START, 'start', 0);
}

/** An RFC 3339 text, epoch ms, or minutes after the case's start. */
export function parseTime(time: unknown, field: string, startAt: number): number {
  const at =
    typeof time === 'string' ? Date.parse(time) : typeof time !== 'number' ? Number.NaN : isEpoch(time, startAt);
  if (Number.isNaN(at)) throw new CaseError(`${field}: ${JSON.stringify(time)} is no instant`);
  return at;
}

function isEpoch(time: number, startAt: number): number {
  return Math.abs(time) > FIRST_EPOCH_MS ? time : startAt + time * MINUTE_MS;
}

/** All rows of one segment, as they are written. @param field names the segment in errors */
export function rowsOf(input: CaseSegment, cadenceMin: number, field = 'input'): CaseRow[] {
  const startAt = startOf(input);
  if (input.readings !== undefined) return input.readings.map((row) => toRow(row, `${field}.readings`, startAt));
  if (input.readings_min !== undefined)
    return input.readings_min.map((row) => toRow(row, `${field}.readings_min`, startAt));
  const values = input.values ?? input.runs?.flatMap(([value, count]) => Array<unknown>(count).fill(value));
  if (values === undefined) throw new CaseError(`${field}: no values, runs, readings_min or readings`);
  return values.flatMap((value, slot) =>
    value === null ? [] : [{ at: startAt + slot * cadenceMin * MINUTE_MS, value }],
  );
}

export function cadenceOf(input: CaseSegment): number {
  return input.cadence_min ?? DEFAULT_CADENCE_MIN;
}

/** `[time, value, seq or context]`, `[time, systolic, diastolic]` where the caller wants pressures, or an object. */
function toRow(row: unknown, field: string, startAt: number): CaseRow {
  if (Array.isArray(row)) {
    const [time, value, third] = row as unknown[];
    const at = parseTime(time, field, startAt);
    if (typeof third === 'string') return { at, value, context: third as GlucoseContext };
    return { at, value: row.length > 2 && typeof third === 'number' ? [value, third] : value };
  }
  if (row === null || typeof row !== 'object') throw new CaseError(`${field}: ${JSON.stringify(row)} is no reading`);
  const given = row as Record<string, unknown>;
  const time = given.device_time ?? given.at ?? given.time ?? given.min ?? given.measured;
  const received = given.received ?? given.received_at ?? given.received_min;
  const sent = given.sent_at ?? given.sentAt;
  const systolic = given.systolic ?? given.sbp;
  return {
    at: parseTime(time, field, startAt),
    receivedAt: received === undefined ? undefined : parseTime(received, `${field}.received`, startAt),
    value: systolic === undefined ? given.value : [systolic, given.diastolic ?? given.dbp],
    unit: given.unit as GlucoseUnit | undefined,
    context: given.context as GlucoseContext | undefined,
    seq: given.seq as number | undefined,
    sentAt: sent === undefined ? undefined : parseTime(sent, `${field}.sent_at`, startAt),
    suspect: given.suspect as boolean | undefined,
  };
}

/** The glucose value of a row, and the number beside it as its place in the device's numbering. */
export function glucoseOf(row: CaseRow, field = 'value'): { value: CaseValue; seq?: number | undefined } {
  const [value, seq] = Array.isArray(row.value) ? (row.value as [unknown, number]) : [row.value, row.seq];
  const code = typeof value === 'string' ? CODES[value.toUpperCase()] : undefined;
  if (code !== undefined) return { value: code, seq };
  if (typeof value !== 'number') throw new CaseError(`${field}: ${JSON.stringify(value)} is no glucose value`);
  return { value, seq };
}

const CODES: Readonly<Record<string, 'LOW' | 'HIGH'>> = { LOW: 'LOW', LO: 'LOW', HIGH: 'HIGH', HI: 'HIGH' };

/** The two pressures of a row. */
export function pressureOf(row: CaseRow): [systolic: number, diastolic: number] {
  const pair = row.value as unknown[];
  if (!Array.isArray(pair) || typeof pair[0] !== 'number' || typeof pair[1] !== 'number')
    throw new CaseError(`${JSON.stringify(row.value)} is no blood pressure`);
  return [pair[0], pair[1]];
}
