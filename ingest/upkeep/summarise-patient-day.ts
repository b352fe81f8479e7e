// What a patient's local day comes to, as it is stored. A day that is over is stored with the readings it was made of: whoever asks for
// metrics of past weeks reads a row a day.
import { localDayBounds } from '../../domain/local-day.ts';
import { summariseDay } from '../../domain/metrics/day-summary.ts';
import type { PatientDaySummary } from '../../storage/readings/day-summaries.ts';
import { packDayTrace } from '../../storage/readings/day-trace.ts';
import type { PatientProjection } from '../project/patient-projection.ts';

/** The projection holds the whole day. @param now epoch ms */
export function summarisePatientDay(
  { patientKey, cgm, timeZone }: Pick<PatientProjection, 'patientKey' | 'cgm' | 'timeZone'>,
  day: string,
  now: number,
): PatientDaySummary {
  const summary = summariseDay(cgm, day, timeZone);
  const { startAt: from, endAt: to } = localDayBounds(day, timeZone);
  return to > now ? { patientKey, summary } : { patientKey, summary, trace: packDayTrace(cgm, { from, to }) };
}
