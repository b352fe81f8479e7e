// The columns of the readings table and its audit, and readings ↔ rows. Database shapes end here.
import type { Reading } from '../../domain/reading.ts';
import { wholeMmHgFromKpa } from '../../domain/units.ts';
import type { StoredReading } from '../ports/time-series.ts';
import { numberArray, textArray } from './array-literal.ts';
import {
  flagBitsOf,
  flagsOfBits,
  glucosePartsOf,
  KIND_CODES,
  kindOfCode,
  metaCodeOf,
  pressureUnitOf,
} from './reading-codes.ts';

interface Column {
  readonly name: string;
  readonly type: 'int2' | 'int4' | 'int8' | 'float8' | 'text';
  /** What a row without a value has. */
  readonly otherwise?: 0 | null;
  readonly numberOf?: (stored: StoredReading) => number | undefined;
  readonly textOf?: (stored: StoredReading) => string | undefined;
}

/** A column with `otherwise` is left out of a statement none of whose rows has a value for it: most fleets never use most of them. */
const COLUMNS: readonly Column[] = [
  { name: 'device_key', type: 'int4', numberOf: ({ reading }) => reading.deviceKey },
  { name: 'kind', type: 'int2', numberOf: ({ reading }) => KIND_CODES[reading.kind] },
  { name: 'at', type: 'int8', numberOf: ({ reading }) => reading.at },
  { name: 'measured_at', type: 'int8', numberOf: ({ reading }) => reading.measuredAt },
  { name: 'received_at', type: 'int8', numberOf: ({ reading }) => reading.receivedAt },
  { name: 'value', type: 'float8', numberOf: ({ reading: r }) => (r.kind === 'bp' ? r.receivedSystolic : r.value) },
  { name: 'meta', type: 'int2', numberOf: ({ reading }) => metaCodeOf(reading) },
  { name: 'origin_partition', type: 'int2', numberOf: ({ origin }) => origin.partition },
  { name: 'origin_seq', type: 'int8', numberOf: ({ origin }) => origin.seq },
  { name: 'origin_index', type: 'int4', numberOf: ({ origin }) => origin.index },
  { name: 'revision', type: 'int2', otherwise: 0, numberOf: ({ revision }) => revision || undefined },
  { name: 'flags', type: 'int2', otherwise: 0, numberOf: ({ reading }) => flagBitsOf(reading.flags) || undefined },
  { name: 'seq', type: 'int8', otherwise: null, numberOf: ({ reading }) => reading.seq },
  { name: 'sent_at', type: 'int8', otherwise: null, numberOf: ({ reading }) => reading.sentAt },
  {
    name: 'diastolic',
    type: 'float8',
    otherwise: null,
    numberOf: ({ reading: r }) => (r.kind === 'bp' ? r.receivedDiastolic : undefined),
  },
  {
    name: 'pulse',
    type: 'float8',
    otherwise: null,
    numberOf: ({ reading: r }) => (r.kind === 'bp' ? r.pulsePerMin : undefined),
  },
  { name: 'slot', type: 'text', otherwise: null, textOf: ({ reading }) => reading.slot },
  { name: 'voided_at', type: 'int8', otherwise: null, numberOf: ({ voidedAt }) => voidedAt },
];

export const READING_COLUMN_NAMES: readonly string[] = COLUMNS.map(({ name }) => name);

export interface ColumnArrays {
  /** One bit a column that is there: names the statement. */
  readonly mask: number;
  readonly columns: readonly Column[];
  /** Array literals, in the order of `columns`. */
  readonly values: string[];
}

export function toColumnArrays(readings: readonly StoredReading[]): ColumnArrays {
  let mask = 0;
  const columns: Column[] = [];
  const values: string[] = [];
  for (let c = 0; c < COLUMNS.length; c++) {
    const column = COLUMNS[c]!;
    const { numberOf, textOf } = column;
    if (
      column.otherwise !== undefined &&
      !readings.some((stored) => (numberOf?.(stored) ?? textOf?.(stored)) !== undefined)
    )
      continue;
    mask |= 1 << c;
    columns.push(column);
    values.push(numberOf ? numberArray(readings, numberOf) : textArray(readings, textOf!));
  }
  return { mask, columns, values };
}

interface GivenColumn {
  readonly name: string;
  readonly type: string;
  readonly otherwise?: 0 | null;
}

/** `(device_key, …) select … from unnest($1::int4[], …) as given (device_key, …)`, to follow `insert into …`. */
export function insertedFromArrays(columns: readonly GivenColumn[]): string {
  const names = columns.map(({ name }) => name).join(', ');
  const selected = columns.map(({ name, otherwise }) => (otherwise === 0 ? `coalesce(${name}, 0)` : name)).join(', ');
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  return `(${names}) select ${selected} from unnest(${arrays}) as given (${names})`;
}

/** A row as an array in the order of READING_COLUMN_NAMES. */
export type ReadingRow = [
  deviceKey: number,
  kind: number,
  at: number,
  measuredAt: number,
  receivedAt: number,
  value: number,
  meta: number,
  originPartition: number,
  originSeq: number,
  originIndex: number,
  revision: number,
  flags: number,
  seq: number | null,
  sentAt: number | null,
  diastolic: number | null,
  pulse: number | null,
  slot: string | null,
  voidedAt: number | null,
];

/** A row, with whatever follows its columns. */
type AtLeastReadingRow = readonly [...ReadingRow, ...unknown[]];

export function toStoredReading(row: AtLeastReadingRow): StoredReading {
  const voidedAt = row[17];
  return {
    reading: toReading(row),
    origin: { partition: row[7], seq: row[8], index: row[9] },
    revision: row[10],
    ...(voidedAt === null ? undefined : { voidedAt }),
  };
}

function toReading(row: AtLeastReadingRow): Reading {
  const [
    deviceKey,
    kindCode,
    at,
    measuredAt,
    receivedAt,
    value,
    meta,
    ,
    ,
    ,
    ,
    flags,
    seq,
    sentAt,
    diastolic,
    pulse,
    slot,
  ] = row;
  const kind = kindOfCode(kindCode);
  const base = {
    deviceKey,
    at,
    measuredAt,
    receivedAt,
    flags: flagsOfBits(flags),
    slot: slot ?? undefined,
    seq: seq ?? undefined,
    sentAt: sentAt ?? undefined,
  };
  if (kind !== 'bp') return { kind, value, ...glucosePartsOf(meta), ...base };
  const unit = pressureUnitOf(meta);
  const received = { receivedSystolic: value, receivedDiastolic: diastolic ?? Number.NaN };
  return {
    kind,
    systolicMmHg: unit === 'kPa' ? wholeMmHgFromKpa(received.receivedSystolic) : received.receivedSystolic,
    diastolicMmHg: unit === 'kPa' ? wholeMmHgFromKpa(received.receivedDiastolic) : received.receivedDiastolic,
    pulsePerMin: pulse ?? undefined,
    unit,
    ...received,
    ...base,
  };
}
