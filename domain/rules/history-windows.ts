// What a stretch of a patient's history comes to: its CGM days as metrics, its pressures as a home protocol.
// Promise: only what was measured in [from, to); whole local days where both are first instants of days.
import { type HomeBloodPressure, homeBloodPressure } from '../blood-pressure/home.ts';
import type { HistoryDays } from '../history-days.ts';
import type { Window } from '../local-day.ts';
import type { DaySummary } from '../metrics/day-summary.ts';
import { type GlucoseMetrics, glucoseMetrics } from '../metrics/glucose-metrics.ts';
import { mergeDaySummaries } from '../metrics/merge-day-summaries.ts';
import type { BloodPressureReading } from '../reading.ts';
import { type EvidenceReading, MAX_EVIDENCE } from './rule.ts';

/** Of the local days from place `first` on, before place `end`. */
export function cgmBetween(
  summaries: readonly DaySummary[],
  { name, startAt }: HistoryDays,
  first: number,
  end: number,
  timeZone: string,
): GlucoseMetrics {
  const [from, to] = [name[first]!, name[end]!];
  const merged = mergeDaySummaries(summaries.filter(({ day }) => day >= from && day < to));
  return glucoseMetrics(merged, { from: startAt[first]!, to: startAt[end]!, timeZone, askedBy: 'days' });
}

export function pressuresBetween(bp: readonly BloodPressureReading[], { from, to }: Window): BloodPressureReading[] {
  return bp.filter(({ measuredAt }) => measuredAt >= from && measuredAt < to);
}

export function homeBetween(bp: readonly BloodPressureReading[], window: Window, timeZone: string): HomeBloodPressure {
  return homeBloodPressure(pressuresBetween(bp, window), window, timeZone);
}

/** The newest of them, newest last. */
export function evidenceOf(readings: readonly BloodPressureReading[]): EvidenceReading[] {
  return readings.slice(-MAX_EVIDENCE).map(({ deviceKey, measuredAt }) => ({ deviceKey, kind: 'bp', measuredAt }));
}
