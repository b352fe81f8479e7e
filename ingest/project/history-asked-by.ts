// When a reading makes rules of weeks worth asking before the day is over: if one of them may start with it, or ends with any.
// What came out of order may change any day, and is asked about as well.
import type { Reading } from '../../domain/reading.ts';
import type { PatientProjection } from './patient-projection.ts';
import { metaOf } from './series-columns.ts';

/** A sitting brings several readings, an upload many: they are looked at together. */
export const HISTORY_AFTER_MS = 10_000;

/** @param now epoch ms */
export function askHistory({ state, entry }: PatientProjection, reading: Reading, inOrder: boolean, now: number): void {
  const { kind } = reading;
  if (state.waitsForReading) state.askHistoryBy(now + HISTORY_AFTER_MS);
  if (kind === 'cgm') return;
  const mayStart = () =>
    entry.rules.history.some((rule) =>
      kind === 'bp'
        ? rule.mayStart?.(kind, reading.systolicMmHg, reading.diastolicMmHg)
        : rule.mayStart?.(kind, reading.value, metaOf(reading)),
    );
  if (!inOrder || mayStart()) state.askHistoryBy(now + HISTORY_AFTER_MS);
}
