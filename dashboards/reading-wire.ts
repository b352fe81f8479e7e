// A reading as the API answers it: with the value and unit it came with.
import Type from 'typebox';
import { GLUCOSE_CONTEXTS, READING_FLAGS, READING_KINDS, type Reading, SCALE_CODES } from '../domain/reading.ts';
import { toMgPerDl } from '../domain/units.ts';
import type { StoredReading } from '../storage/ports/time-series.ts';
import { readingId } from '../storage/readings/reading-id.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;

export const ReadingWire = Type.Object({
  readingId: Type.String(),
  kind: Type.Enum([...READING_KINDS]),
  at: Type.String({ format: 'date-time', description: 'The device’s own time, by which a reading is known.' }),
  measuredAt: Optional(
    Type.String({
      format: 'date-time',
      description: 'Where the device’s clock was wrong: the corrected time, by which windows and rules count.',
    }),
  ),
  receivedAt: InstantOut,
  value: Optional(Type.Union([Type.Number(), Type.Enum([...SCALE_CODES])], { description: 'As it came, in `unit`.' })),
  mgPerDl: Optional(Type.Number({ description: 'Unrounded; of a code the bound it counts as.' })),
  code: Optional(Type.Enum([...SCALE_CODES])),
  context: Optional(Type.Enum([...GLUCOSE_CONTEXTS])),
  systolic: Optional(Type.Number({ description: 'As it came, in `unit`.' })),
  diastolic: Optional(Type.Number()),
  systolicMmHg: Optional(Type.Integer({ description: 'What it counts as.' })),
  diastolicMmHg: Optional(Type.Integer()),
  pulse: Optional(Type.Number()),
  unit: Type.String(),
  deviceId: Uuid,
  slot: Optional(Type.String()),
  flags: Type.Array(Type.Enum([...READING_FLAGS])),
  voidedAt: Optional(InstantOut),
});
export type ReadingWire = Type.Static<typeof ReadingWire>;

export function toReadingWire({ reading, voidedAt }: StoredReading, deviceId: string): ReadingWire {
  const { kind, at, measuredAt, receivedAt, unit, slot, flags } = reading;
  return {
    readingId: readingId({ deviceId, kind, at }),
    kind,
    at: formatInstant(at),
    ...(measuredAt !== at && { measuredAt: formatInstant(measuredAt) }),
    receivedAt: formatInstant(receivedAt),
    ...numbersOf(reading),
    unit,
    deviceId,
    ...(slot !== undefined && { slot }),
    flags: [...flags],
    ...(voidedAt !== undefined && { voidedAt: formatOptionalInstant(voidedAt) }),
  };
}

function numbersOf(reading: Reading): Partial<ReadingWire> {
  if (reading.kind === 'bp') {
    const {
      receivedSystolic: systolic,
      receivedDiastolic: diastolic,
      systolicMmHg,
      diastolicMmHg,
      pulsePerMin,
    } = reading;
    return {
      systolic,
      diastolic,
      systolicMmHg,
      diastolicMmHg,
      ...(pulsePerMin !== undefined && { pulse: pulsePerMin }),
    };
  }
  const { value, unit, code, context } = reading;
  // Where a code came instead of a number, `value` holds the bound it counts as, in mg/dL already.
  const numbers =
    code === undefined ? { value, mgPerDl: toMgPerDl(value, unit) } : { value: code, mgPerDl: value, code };
  return { ...numbers, ...(context !== undefined && { context }) };
}
