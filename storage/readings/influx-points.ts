// A reading as a point of InfluxDB and back. Measurement = kind, tag `device` = device key, time = the device's own `at` in ms.
// Promise: every point of a kind has the same fields, of fixed types, so that what is written over another leaves nothing of it; what
// comes back is bit-equal to what went in. Few fields, because each is a series: M, influxd's CPU per reading: 3 fields 12 µs, 6 24, 13 65.
import type { Reading, ReadingKind } from '../../domain/reading.ts';
import type { StoredReading } from '../ports/time-series.ts';
import { flagBitsOf, KIND_CODES, metaCodeOf } from './reading-codes.ts';
import { toStoredReading } from './reading-columns.ts';

/** In the order in which they are selected. */
export const POINT_FIELDS: Readonly<Record<ReadingKind, Readonly<Record<string, 'float' | 'integer' | 'string'>>>> = {
  cgm: { value: 'float', codes: 'integer', detail: 'string' },
  smbg: { value: 'float', codes: 'integer', detail: 'string' },
  bp: { systolic: 'float', diastolic: 'float', codes: 'integer', detail: 'string' },
};

/**
 * Bits of `codes`, for whoever queries the bucket: 0 the value is in mmol/L or kPa (else mg/dL or mmHg), 1 LOW, 2 HIGH (the value is then
 * the bound it counts as, in mg/dL), 7–9 context, from 16 on the flags, 30 voided. 0–15 are reading-codes.ts's meta.
 */
export const CODE_BITS = { flagShift: 16, voided: 1 << 30 } as const;
const META_MASK = (1 << CODE_BITS.flagShift) - 1;
const FLAGS_MASK = (CODE_BITS.voided - 1) >> CODE_BITS.flagShift;

/** InfluxDB keeps nanoseconds in 64 bits. */
export const LAST_INSTANT_MS = 9_223_372_036_854;
/** InfluxDB takes a megabyte; a slot has 32 characters. */
const LONGEST_SLOT = 4_096;

/** InfluxDB can't keep such a reading, whoever asks it how often. Without its values: they are nobody's to log. */
export class UnstorableReading extends Error {
  override readonly name = 'UnstorableReading';
  readonly code = 'unstorable_reading';

  constructor({ kind, deviceKey, at }: Reading, reason: string) {
    super(`InfluxDB can't keep the ${kind} reading of device ${deviceKey} at ${at}: ${reason}`);
  }
}

/** A line of line protocol, with its newline. Throws UnstorableReading. */
export function toLine(stored: StoredReading): string {
  const { reading, voidedAt } = stored;
  const { kind, deviceKey, at } = reading;
  if (!Number.isInteger(at) || Math.abs(at) > LAST_INSTANT_MS) throw new UnstorableReading(reading, 'its time');
  const values =
    reading.kind === 'bp'
      ? `systolic=${finite(reading, reading.receivedSystolic)},diastolic=${finite(reading, reading.receivedDiastolic)}`
      : `value=${finite(reading, reading.value)}`;
  const codes =
    metaCodeOf(reading) |
    (flagBitsOf(reading.flags) << CODE_BITS.flagShift) |
    (voidedAt === undefined ? 0 : CODE_BITS.voided);
  return `${kind},device=${deviceKey} ${values},codes=${codes}i,detail="${detailOf(stored)}" ${at}\n`;
}

/** Line protocol knows neither NaN nor infinity. */
function finite(reading: Reading, value: number): number {
  if (!Number.isFinite(value)) throw new UnstorableReading(reading, 'a value that is no number');
  return value;
}

/**
 * What only we read, by semicolons: received − at; partition; seq; index of the origin. Where there is any of it, then: revision;
 * measuredAt − at; sentAt − at; the device's seq; voidedAt; pulse. Last, where there is one, the slot.
 */
function detailOf({ reading, origin, revision, voidedAt }: StoredReading): string {
  const { at, measuredAt, receivedAt, slot, seq, sentAt } = reading;
  const pulse = reading.kind === 'bp' ? reading.pulsePerMin : undefined;
  const base = `${receivedAt - at};${origin.partition};${origin.seq};${origin.index}`;
  const isBare =
    revision === 0 && measuredAt === at && sentAt === undefined && seq === undefined && voidedAt === undefined;
  if (isBare && pulse === undefined && slot === undefined) return base;
  const sent = sentAt === undefined ? '' : sentAt - at;
  const more = `${base};${revision};${measuredAt - at};${sent};${seq ?? ''};${voidedAt ?? ''};${pulse ?? ''}`;
  if (slot === undefined) return more;
  if (slot.length > LONGEST_SLOT) throw new UnstorableReading(reading, `a slot of ${slot.length} characters`);
  return `${more};${slot.replace(/["\\]/g, '\\$&')}`;
}

/** As InfluxQL answers `time` and the fields in the order of POINT_FIELDS. */
export type PointRow = readonly [at: number, ...fields: (number | string | null)[]];

/** undefined for a point that somebody else has written: it lacks a field. */
export function fromPoint(kind: ReadingKind, deviceKey: number, row: PointRow): StoredReading | undefined {
  const [at, value, other] = row;
  const codes = row[row.length - 2];
  const detail = row[row.length - 1];
  if (typeof value !== 'number' || typeof other !== 'number') return undefined;
  if (typeof codes !== 'number' || typeof detail !== 'string') return undefined;
  const parts = detail.split(';');
  const optional = (index: number) => (parts[index] ? Number(parts[index]) : null);
  const sent = optional(6);
  return toStoredReading([
    deviceKey,
    KIND_CODES[kind],
    at,
    at + (optional(5) ?? 0),
    at + Number(parts[0]),
    value,
    codes & META_MASK,
    Number(parts[1]),
    Number(parts[2]),
    Number(parts[3]),
    optional(4) ?? 0,
    (codes >> CODE_BITS.flagShift) & FLAGS_MASK,
    optional(7),
    sent === null ? null : at + sent,
    kind === 'bp' ? other : null,
    optional(9),
    parts.length > 10 ? parts.slice(10).join(';') : null,
    optional(8),
  ]);
}
