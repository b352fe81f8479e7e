// When a reading makes rules of weeks worth asking before the day is over: if one of them may start with it, or ends with any.
// What came out of order, or is of a day that has been judged, may change any of it, and is asked about as well.
import { LIVE_WITHIN_MS, type Reading } from '../../domain/reading.ts';
import type { PatientProjection } from './patient-projection.ts';
import { metaOf } from './series-columns.ts';

/** A sitting brings several readings, an upload many: they are looked at together. */
export const HISTORY_AFTER_MS = 10_000;
/** A sensor's upload may be two days long, and everybody's come at once after an outage. */
const AFTER_UPLOAD_MS = 10 * 60_000;
/** Where clocks are put forward. */
const SHORTEST_DAY_MS = 23 * 3_600_000;

/** @param now epoch ms */
export function askHistory(projection: PatientProjection, reading: Reading, inOrder: boolean, now: number): void {
  const { state } = projection;
  if (state.waitsForReading) state.askHistoryBy(now + HISTORY_AFTER_MS);
  if (reading.kind === 'cgm') {
    const isLate = reading.receivedAt - reading.measuredAt > LIVE_WITHIN_MS;
    if (isLate && mayStart(projection, reading)) state.askHistoryBy(now + AFTER_UPLOAD_MS);
    return;
  }
  const isOfToday = reading.measuredAt >= projection.validUntil - SHORTEST_DAY_MS;
  if (!inOrder || !isOfToday || mayStart(projection, reading)) state.askHistoryBy(now + HISTORY_AFTER_MS);
}

function mayStart({ entry }: PatientProjection, reading: Reading): boolean {
  return entry.rules.history.some((rule) =>
    reading.kind === 'bp'
      ? rule.mayStart?.(reading.kind, reading.systolicMmHg, reading.diastolicMmHg)
      : rule.mayStart?.(reading.kind, reading.value, metaOf(reading)),
  );
}
