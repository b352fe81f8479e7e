// One reading of a message: from parsed JSON to the wire's vocabulary, or the reason why not (DESIGN §7).
// Promise: never throws for what a device sent; reads named fields only, so unknown ones are ignored and `__proto__` is just a name.
import {
  GLUCOSE_CONTEXTS,
  type GlucoseContext,
  type GlucoseKind,
  type GlucoseUnit,
  type PressureUnit,
  READING_FLAGS,
  type ReadingFlag,
  type ScaleCode,
} from '../../domain/reading.ts';
import type { Rejection, RejectionCode } from '../../domain/rejection.ts';
import { parseInstant } from './parse-instant.ts';

interface DecodedBase {
  /** Epoch ms, the device's own. */
  readonly at: number;
  readonly seq: number | undefined;
  readonly slot: string | undefined;
  readonly flags: readonly ReadingFlag[];
}

export interface DecodedGlucose extends DecodedBase {
  readonly kind: GlucoseKind;
  readonly value: number | ScaleCode;
  readonly unit: GlucoseUnit;
  readonly context: GlucoseContext | undefined;
}

export interface DecodedPressure extends DecodedBase {
  readonly kind: 'bp';
  readonly systolic: number;
  readonly diastolic: number;
  readonly pulse: number | undefined;
  readonly unit: PressureUnit;
}

export type DecodedReading = DecodedGlucose | DecodedPressure;

const NO_FLAGS: readonly ReadingFlag[] = Object.freeze([]);
/** What a device may say of its own reading; the others are ours. */
const DEVICE_FLAGS: ReadonlySet<string> = new Set(READING_FLAGS.slice(0, 4));
const CONTEXTS: ReadonlySet<string> = new Set(GLUCOSE_CONTEXTS);
/** Printable and short: it goes into an index and on screens. */
const SLOT = /^[\p{L}\p{N}\p{P}\p{S} ]{1,32}$/u;

type Fields = { readonly [name: string]: unknown };

export const isRejection = (decoded: DecodedReading | Rejection): decoded is Rejection => 'code' in decoded;

export function decodeReading(parsed: unknown): DecodedReading | Rejection {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return rejected('not_a_reading', `${describe(parsed)} is not a reading; send an object such as {"kind":"cgm",…}`);
  }
  const fields = parsed as Fields;
  const { kind } = fields;
  if (kind === 'cgm' || kind === 'smbg') return decodeGlucose(kind, fields);
  if (kind === 'bp') return decodePressure(fields);
  if (typeof kind === 'string') {
    return rejected('unknown_kind', `kind: ${describe(kind)} is unknown; send "cgm", "smbg" or "bp"`);
  }
  return missingOrWrong('kind', kind, '"cgm", "smbg" or "bp"');
}

function decodeGlucose(kind: GlucoseKind, fields: Fields): DecodedGlucose | Rejection {
  const at = decodeInstant('at', fields.at);
  if (typeof at !== 'number') return at;
  const { value, unit } = fields;
  if (typeof value !== 'number' && value !== 'LOW' && value !== 'HIGH') {
    return missingOrWrong('value', value, 'a number, "LOW" or "HIGH"');
  }
  if (unit !== 'mg/dL' && unit !== 'mmol/L') return wrongUnit(unit, '"mg/dL" or "mmol/L"');
  const { context } = fields;
  if (context !== undefined && typeof context !== 'string') {
    return missingOrWrong('context', context, `one of ${GLUCOSE_CONTEXTS.join(', ')}`);
  }
  const seq = decodeSeq(fields.seq);
  if (typeof seq === 'object') return seq;
  const slot = decodeSlot(fields.slot);
  if (typeof slot === 'object') return slot;
  const flags = decodeFlags(fields.flags);
  if ('code' in flags) return flags;
  return { kind, at, value, unit, context: isContext(context) ? context : undefined, seq, slot, flags };
}

function decodePressure(fields: Fields): DecodedPressure | Rejection {
  const at = decodeInstant('at', fields.at);
  if (typeof at !== 'number') return at;
  const { systolic, diastolic, pulse, unit } = fields;
  if (typeof systolic !== 'number') return missingOrWrong('systolic', systolic, 'a number');
  if (typeof diastolic !== 'number') return missingOrWrong('diastolic', diastolic, 'a number');
  if (pulse !== undefined && typeof pulse !== 'number') return missingOrWrong('pulse', pulse, 'a number per minute');
  if (unit !== 'mmHg' && unit !== 'kPa') return wrongUnit(unit, '"mmHg" or "kPa"');
  const seq = decodeSeq(fields.seq);
  if (typeof seq === 'object') return seq;
  const slot = decodeSlot(fields.slot);
  if (typeof slot === 'object') return slot;
  const flags = decodeFlags(fields.flags);
  if ('code' in flags) return flags;
  return { kind: 'bp', at, systolic, diastolic, pulse, unit, seq, slot, flags };
}

/** RFC 3339 with an offset, or epoch milliseconds. */
export function decodeInstant(field: string, value: unknown): number | Rejection {
  const allowed = 'RFC 3339 with an offset, e.g. "2026-11-22T08:05:00+08:00", or epoch milliseconds';
  if (typeof value === 'string') {
    return (
      parseInstant(value) ?? rejected('invalid_time', `${field}: ${describe(value)} is no instant; send ${allowed}`)
    );
  }
  if (typeof value !== 'number') return missingOrWrong(field, value, allowed);
  // Beyond 2^53 a double no longer tells milliseconds apart.
  if (Number.isSafeInteger(value)) return value;
  return rejected('invalid_time', `${field}: ${value} is not a whole number of milliseconds; send ${allowed}`);
}

function decodeSeq(seq: unknown): number | undefined | Rejection {
  if (seq === undefined || (Number.isSafeInteger(seq) && (seq as number) >= 0)) return seq as number | undefined;
  return missingOrWrong('seq', seq, 'a whole number from 0');
}

function decodeSlot(slot: unknown): string | undefined | Rejection {
  if (slot === undefined || (typeof slot === 'string' && SLOT.test(slot))) return slot;
  return missingOrWrong('slot', slot, 'up to 32 printable characters, e.g. "A"');
}

/** Flags that nobody here knows are ignored, as unknown fields are: a newer device must not lose its readings for one. */
function decodeFlags(flags: unknown): readonly ReadingFlag[] | Rejection {
  if (flags === undefined) return NO_FLAGS;
  if (!Array.isArray(flags)) return missingOrWrong('flags', flags, 'an array of strings');
  const known = flags.filter((flag): flag is ReadingFlag => typeof flag === 'string' && DEVICE_FLAGS.has(flag));
  return known.length === 0 ? NO_FLAGS : [...new Set(known)];
}

/** A context that nobody here knows is ignored: the value may be a hypoglycaemia, and its lines need no context. */
function isContext(context: string | undefined): context is GlucoseContext {
  return context !== undefined && CONTEXTS.has(context);
}

function wrongUnit(unit: unknown, allowed: string): Rejection {
  if (typeof unit !== 'string') return missingOrWrong('unit', unit, allowed);
  return rejected('unknown_unit', `unit: ${describe(unit)} is not a unit of this kind; send ${allowed}`);
}

function missingOrWrong(field: string, value: unknown, allowed: string): Rejection {
  return value === undefined
    ? rejected('missing_field', `${field}: is missing; send ${allowed}`)
    : rejected('wrong_type', `${field}: ${describe(value)} does not fit; send ${allowed}`);
}

export function rejected(code: RejectionCode, detail: string): Rejection {
  return { code, detail };
}

const SHOWN_CHARACTERS = 40;

/** What came, short and printable, whatever it was. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    // JSON escapes control characters, which a Postgres text can't hold (NUL) and a log should not.
    return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
  }
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
