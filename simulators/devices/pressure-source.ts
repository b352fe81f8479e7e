// The blood-pressure monitor: what it measured, as it sends it.
import { formatWithOffset } from '../traces/local-day.ts';
import type { PressureTrace } from '../traces/pressure-trace.ts';
import { type ReadingSource, seqAt } from './wire-reading.ts';

export function createPressureSource(trace: PressureTrace, offsetMs: number): ReadingSource {
  return (from, to) =>
    trace(from, to).map(({ at, systolicMmHg, diastolicMmHg, pulsePerMin }) => ({
      kind: 'bp',
      at: formatWithOffset(at, offsetMs),
      systolic: systolicMmHg,
      diastolic: diastolicMmHg,
      pulse: pulsePerMin,
      unit: 'mmHg',
      seq: seqAt(at),
    }));
}
