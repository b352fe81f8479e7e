// How kinds, units, codes and flags of a reading are written as small integers. Stored: never renumber, only add.
import { contextOf, META, packMeta } from '../../domain/glucose-series.ts';
import { READING_FLAGS, type Reading, type ReadingFlag, type ReadingKind } from '../../domain/reading.ts';

export const KIND_CODES = { cgm: 1, smbg: 2, bp: 3 } as const satisfies Record<ReadingKind, number>;

const KIND_OF_CODE: readonly (ReadingKind | undefined)[] = [undefined, 'cgm', 'smbg', 'bp'];
/** Of blood pressure: the numbers came in kPa. */
const KILOPASCAL = 1;
const NO_FLAGS: readonly ReadingFlag[] = Object.freeze([]);

export function kindOfCode(code: number): ReadingKind {
  const kind = KIND_OF_CODE[code];
  if (kind === undefined) throw new RangeError(`no kind of reading has the code ${code}`);
  return kind;
}

/** Unit, scale code and context; the bits of META for glucose. */
export function metaCodeOf(reading: Reading): number {
  if (reading.kind === 'bp') return reading.unit === 'kPa' ? KILOPASCAL : 0;
  return packMeta({ unit: reading.unit, code: reading.code, context: reading.context, late: false });
}

export const pressureUnitOf = (meta: number) => (meta & KILOPASCAL ? 'kPa' : 'mmHg');

export function glucosePartsOf(meta: number) {
  const unit = meta & META.mmol ? ('mmol/L' as const) : ('mg/dL' as const);
  const code = meta & META.low ? ('LOW' as const) : meta & META.high ? ('HIGH' as const) : undefined;
  return { unit, code, context: contextOf(meta) };
}

/** One bit a flag, in the order of READING_FLAGS. */
export function flagBitsOf(flags: readonly ReadingFlag[]): number {
  let bits = 0;
  for (let i = 0; i < flags.length; i++) bits |= 1 << READING_FLAGS.indexOf(flags[i]!);
  return bits;
}

export function flagsOfBits(bits: number): readonly ReadingFlag[] {
  return bits === 0 ? NO_FLAGS : READING_FLAGS.filter((_, index) => bits & (1 << index));
}
