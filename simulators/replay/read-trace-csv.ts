// A recorded CGM trace from CSV: columns `id,time,gl` in any order, others ignored.
// Promise: a file that can't be read as it stands is refused with the line, the column and the remedy; nothing is guessed.
import { CsvError, parse } from 'csv-parse/sync';
import { HOUR_MS, MINUTE_MS, zoneOffsetMs } from '../traces/local-day.ts';

export interface RecordedReading {
  /** Epoch ms. */
  readonly at: number;
  /** What its own local time was ahead of UTC. */
  readonly offsetMs: number;
  /** In the file's unit. */
  readonly value: number | 'LOW' | 'HIGH';
}

export interface RecordedTrace {
  readonly id: string;
  /** In time order. */
  readonly readings: readonly RecordedReading[];
}

export interface CsvSettings {
  /** IANA zone in which times without an offset are read; without it such times are refused. */
  readonly timeZone?: string | undefined;
}

export class CsvProblem extends Error {
  override readonly name = 'CsvProblem';
}

const COLUMNS = ['id', 'time', 'gl'] as const;
type Column = (typeof COLUMNS)[number];

/** One trace per id, in the order in which ids appear. Rows whose `gl` is empty or NA are gaps and left out. Throws CsvProblem. */
export function readTraceCsv(text: string, { timeZone }: CsvSettings = {}): readonly RecordedTrace[] {
  const [header, ...rows] = parseRows(text);
  if (!header) throw new CsvProblem('the file is empty: its first line must name the columns id,time,gl');
  const position = positionsOf(header.fields);
  const traces = new Map<string, RecordedReading[]>();

  for (const { fields, line } of rows) {
    const field = (column: Column) => (fields[position[column]] ?? '').trim();
    const refuse = (column: Column, allowed: string): never => {
      throw new CsvProblem(`line ${line}, column ${column}: ${JSON.stringify(field(column))} ${allowed}`);
    };
    const id = field('id') || refuse('id', "is empty; every row needs its person's id");
    const value = readValue(field('gl'));
    if (value === 'gap') continue;
    if (value === undefined)
      refuse('gl', 'is not a glucose value: a number above 0, LOW or HIGH, or nothing for a gap');
    const time = readTime(field('time'), timeZone);
    if (typeof time === 'string') refuse('time', time);
    else if (value !== undefined) {
      const readings = traces.get(id) ?? [];
      traces.set(id, readings);
      readings.push({ ...time, value });
    }
  }

  if (traces.size === 0) throw new CsvProblem('the file holds no reading');
  return [...traces].map(([id, readings]) => ({ id, readings: readings.sort((a, b) => a.at - b.at) }));
}

interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

function parseRows(text: string): readonly Row[] {
  const rows: Row[] = [];
  try {
    parse(text, {
      bom: true,
      skip_empty_lines: true,
      on_record: (record: string[], { lines }) => {
        rows.push({ fields: record, line: lines });
        return null;
      },
    });
    return rows;
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new CsvProblem(`this is not a CSV file: ${cause.message}`, { cause });
  }
}

function positionsOf(header: readonly string[]): Readonly<Record<Column, number>> {
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new CsvProblem(`line 1: no column ${missing.join(', ')} among ${header.join(', ')}; it must name id,time,gl`);
  }
  return { id: names.indexOf('id'), time: names.indexOf('time'), gl: names.indexOf('gl') };
}

function readValue(field: string): number | 'LOW' | 'HIGH' | 'gap' | undefined {
  if (field === '' || field === 'NA') return 'gap';
  const code = /^(lo|low|hi|high)$/i.exec(field)?.[1]?.toLowerCase();
  if (code) return code.startsWith('lo') ? 'LOW' : 'HIGH';
  const value = Number(field);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(\.\d{1,3})?(Z|[+-]\d{2}:?\d{2})?$/;

/** What is allowed, where it can't be read. */
function readTime(field: string, timeZone: string | undefined): { at: number; offsetMs: number } | string {
  const match = TIME.exec(field);
  if (!match) return 'is not a time: it must look like 2015-06-06T16:50:27-05:00';
  const [, date, minutes, seconds = ':00', fraction = '', offset] = match;
  const wall = Date.parse(`${date}T${minutes}${seconds}${fraction}Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(String(date))) return 'is not a time that exists';
  if (offset !== undefined) {
    const offsetMs = readOffset(offset);
    return { at: wall - offsetMs, offsetMs };
  }
  if (timeZone === undefined)
    return 'has no offset from UTC: write it as in 2015-06-06T16:50:27-05:00, or say --patient-zone';
  // Twice, because the offset at the wall time read as UTC may be the one before or after a clock change.
  const offsetMs = zoneOffsetMs(timeZone, wall - zoneOffsetMs(timeZone, wall));
  return { at: wall - offsetMs, offsetMs };
}

function readOffset(offset: string): number {
  if (offset === 'Z') return 0;
  const sign = offset.startsWith('-') ? -1 : 1;
  return sign * (Number(offset.slice(1, 3)) * HOUR_MS + Number(offset.slice(-2)) * MINUTE_MS);
}
