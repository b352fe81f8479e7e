// Messages as broken devices send them: each kind of mistake that people have made, beside a reading that is fine.
import type { Random } from '../traces/random.ts';
import type { WireReading } from './wire-reading.ts';

const DAY_AND_AN_HOUR_MS = 25 * 3_600_000;

const MISTAKES: readonly ((reading: WireReading) => unknown)[] = [
  (reading) => JSON.stringify(reading).slice(0, -7),
  (reading) => ({ ...reading, unit: 'grains' }),
  ({ unit: _forgotten, ...rest }) => rest,
  (reading) => ({ ...reading, kind: 'temperature' }),
  (reading) => ({ ...reading, at: '2026-03-01T07:30:00' }),
  (reading) => ({ ...reading, at: Date.now() + DAY_AND_AN_HOUR_MS }),
  (reading) => (reading.kind === 'bp' ? { ...reading, systolic: '130' } : { ...reading, value: 'six' }),
  (reading) => (reading.kind === 'bp' ? { ...reading, diastolic: 0 } : { ...reading, value: -1 }),
  () => 42,
];

/** A payload that no receiver can accept, made from a reading; which mistake it has is drawn. */
export function breakPayload(reading: WireReading, random: Random): string {
  const mistake = MISTAKES[Math.floor(random() * MISTAKES.length)]!;
  const broken = mistake(reading);
  return typeof broken === 'string' ? broken : JSON.stringify(broken);
}
