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
  received?: unknown;
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
  /** Of several in one list. */
  readonly device?: string | undefined;
  readonly pulse?: number | undefined;
  readonly flags?: readonly string[] | undefined;
}

export class CaseError extends Error {}

const DEFAULT_START = '2026-05-01T08:00:00+08:00';
export const DEFAULT_ZONE = 'Asia/Shanghai';
const DEFAULT_CADENCE_MIN = 5;
const MINUTE_MS = 60_000;
/** Numbers above it are epoch ms, below it minutes after the case's start. */
const FIRST_EPOCH_MS = 1e11;

export function zoneOf(input: { tz?: string | undefined; time_zone?: string | undefined }): string {
  return input.tz ?? input.time_zone ?? DEFAULT_ZONE;
}

/** The case's start; else its first reading, where those tell their instants; else a morning in Shanghai. */
export function startOf(input: { start?: string | undefined; readings?: unknown[] | undefined }): number {
  const { start, readings } = input;
  if (start !== undefined) return parseTime(start, 'start', 0);
  const times = Array.isArray(readings) ? readings.map(timeOf).filter(isInstant) : [];
  const instants = times.map((time) => parseTime(time, 'readings', 0));
  return instants.length > 0 ? Math.min(...instants) : parseTime(DEFAULT_START, 'start', 0);
}

function isInstant(time: unknown): boolean {
  return typeof time === 'string' || (typeof time === 'number' && time > FIRST_EPOCH_MS);
}

/** A text without an offset would be another instant on every machine. */
const WITHOUT_OFFSET = /T[\d:.]+$/;

/** An RFC 3339 text, epoch ms, or minutes after the case's start. */
export function parseTime(time: unknown, field: string, startAt: number): number {
  if (typeof time === 'string' && WITHOUT_OFFSET.test(time)) throw new CaseError(`${field}: ${time} has no offset`);
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

/** By what names an object's row tells when it was measured, and when it came. */
const TIMES = [
  'device_time',
  'at',
  'time',
  'measured',
  'measured_at',
  'min',
  't_min',
  't',
  'minute',
  'minutes',
] as const;
const RECEIPTS = ['received', 'received_at', 'received_min'] as const;
const ROW_FIELDS: readonly string[] = [
  ...TIMES,
  ...RECEIPTS,
  ...['delay_min', 'value', 'code', 'unit', 'context', 'seq', 'sent_at', 'sentAt', 'suspect', 'device', 'flags'],
  ...['systolic', 'sbp', 'diastolic', 'dbp', 'pulse', 'title'],
];

function timeOf(row: unknown): unknown {
  if (Array.isArray(row)) return row[0];
  return row === null || typeof row !== 'object' ? undefined : firstOf(row, TIMES);
}

/** Whether an object's row tells when it was measured. */
export function tellsTime(row: object): boolean {
  return timeOf(row) !== undefined;
}

function firstOf(given: object, names: readonly string[]): unknown {
  const told = given as Record<string, unknown>;
  return told[names.find((name) => told[name] !== undefined && told[name] !== null) ?? ''];
}

/**
 * `[time, value, seq or context, device or pulse]`, `[time, received, value]`, `[time, systolic, diastolic, pulse]` where the caller
 * wants pressures, or an object. A field of it that nothing reads is an error.
 */
function toRow(row: unknown, field: string, startAt: number): CaseRow {
  if (Array.isArray(row)) return toRowOfList(row, field, startAt);
  if (row === null || typeof row !== 'object') throw new CaseError(`${field}: ${JSON.stringify(row)} is no reading`);
  const given = row as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !ROW_FIELDS.includes(name));
  if (unknown !== undefined) throw new CaseError(`${field}: nothing reads its ${unknown}`);
  const at = parseTime(timeOf(given), field, startAt);
  const received = firstOf(given, RECEIPTS);
  const delayMin = given.delay_min as number | undefined;
  const receivedAt = received === undefined ? undefined : parseTime(received, `${field}.received`, startAt);
  const sent = given.sent_at ?? given.sentAt;
  const systolic = given.systolic ?? given.sbp;
  return {
    at,
    receivedAt: delayMin === undefined ? receivedAt : at + delayMin * MINUTE_MS,
    value: systolic === undefined ? (given.value ?? given.code) : [systolic, given.diastolic ?? given.dbp],
    unit: given.unit as GlucoseUnit | undefined,
    context: given.context as GlucoseContext | undefined,
    seq: given.seq as number | undefined,
    sentAt: sent === undefined ? undefined : parseTime(sent, `${field}.sent_at`, startAt),
    suspect: given.suspect as boolean | undefined,
    device: given.device as string | undefined,
    pulse: given.pulse as number | undefined,
    flags: given.flags as string[] | undefined,
  };
}

function toRowOfList(row: readonly unknown[], field: string, startAt: number): CaseRow {
  const [time, second, third, fourth] = row;
  const at = parseTime(time, field, startAt);
  if (row.length > 4) throw new CaseError(`${field}: ${JSON.stringify(row)} has more than four parts`);
  if (typeof second === 'string' && second.includes('T') && third !== undefined)
    return { at, receivedAt: parseTime(second, `${field}.received`, startAt), value: third };
  const more = {
    ...(typeof fourth === 'string' && { device: fourth }),
    ...(typeof fourth === 'number' && { pulse: fourth }),
  };
  if (typeof third === 'string') return { at, value: second, context: third as GlucoseContext, ...more };
  return { at, value: typeof third === 'number' ? [second, third] : second, ...more };
}

/** The glucose value of a row, how the device wrote it where that was a code, and its place in the device's numbering. */
export function glucoseOf(
  row: CaseRow,
  field = 'value',
): { value: CaseValue; word?: string; seq?: number | undefined } {
  const [value, seq] = Array.isArray(row.value) ? (row.value as [unknown, number]) : [row.value, row.seq];
  if (row.pulse !== undefined) throw new CaseError(`${field}: a glucose value has no fourth part ${row.pulse}`);
  const word = typeof value === 'string' ? value.toUpperCase() : undefined;
  const code = word === undefined ? undefined : CODES[word];
  if (word !== undefined && code !== undefined) return { value: code, word, seq };
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
