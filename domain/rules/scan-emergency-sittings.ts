// The episodes of BP-01 in a patient's sittings: emergencies, and the notes that unconfirmed ones leave.
// Promise: episodes are disjoint and in time order; only the next sitting ends one, silence never does.
import type { BloodPressureReading } from '../reading.ts';
import { LIVE_WITHIN_MS } from '../reading.ts';
import { ACT_ON_LATE_WITHIN_MS } from './fate-of-late.ts';
import type { EmergencyJudgement, EmergencyLines, PressureLine } from './judge-emergency-sitting.ts';
import { judgeEmergencySitting, reaches, repeatsOf } from './judge-emergency-sitting.ts';
import { type EvidenceReading, MAX_EVIDENCE, type Severity } from './rule.ts';
import type { Sitting } from './sittings.ts';

export interface EmergencyScanLines extends EmergencyLines {
  /** Over with a sitting below both; an unconfirmed one at or above either is a warning. */
  readonly clearBelow: PressureLine;
}

export interface FoundEmergency {
  readonly startAt: number;
  readonly completedAt: number;
  /** Of its newest reading at the line. */
  newestAt: number;
  endAt?: number;
  /** Of the newest that arrived in time among the reading that completed it and those at the line since. */
  freshAt?: number;
  readonly severity: Severity;
  readonly reason: string;
  readonly evidence: readonly EvidenceReading[];
}

export interface EmergencyScan {
  readonly found: readonly FoundEmergency[];
  readonly pending?: Extract<EmergencyJudgement, { outcome: 'pending' }>;
  /** Where an episode that was open at `from` ends. */
  readonly recoveredAt?: number;
}

/** What is measured at the line, and arrives in time, this long after the last sitting is another emergency (see scan-glucose.ts). */
const NEW_EPISODE_AFTER_MS = ACT_ON_LATE_WITHIN_MS;

/** @param from epoch ms, where the sittings begin */
export function scanEmergencySittings(
  sittings: readonly Sitting[],
  lines: EmergencyScanLines,
  from: number,
  now: number,
): EmergencyScan {
  const found: FoundEmergency[] = [];
  let open: FoundEmergency | undefined;
  let pending: EmergencyScan['pending'];
  let recoveredAt: number | undefined;
  let previousAt = from;

  for (let i = 0; i < sittings.length; i++) {
    const sitting = sittings[i]!;
    const { startAt } = sitting;
    const recovered = !reaches(sitting.mean, lines.clearBelow);
    const isFarOff = startAt - previousAt > NEW_EPISODE_AFTER_MS;
    previousAt = sitting.endAt;
    if (recovered) {
      recoveredAt ??= startAt;
      if (open !== undefined) open.endAt = startAt;
      open = undefined;
    }
    const isAnew =
      isFarOff && sitting.readings.some((reading) => reaches(reading, lines.emergency) && isInTime(reading));
    if (open?.severity === 'critical' && !isAnew) {
      for (const reading of sitting.readings.filter((taken) => reaches(taken, lines.emergency))) {
        open.newestAt = reading.measuredAt;
        if (isInTime(reading)) open.freshAt = reading.measuredAt;
      }
      continue;
    }
    const repeats = repeatsOf(sitting, sittings.slice(i + 1), lines);
    const judgement = judgeEmergencySitting(sitting, repeats, lines, now);
    if (judgement.outcome === 'none') continue;
    if (judgement.outcome === 'pending') pending = judgement;
    // An emergency gives way to another one only; a note to the next reading at the line, whatever becomes of that one.
    if (open?.severity === 'critical' && judgement.outcome !== 'fires') continue;
    if (open !== undefined) open.endAt = startAt;
    if (isAnew && judgement.outcome === 'fires') recoveredAt ??= startAt;
    const next = episodeOf(judgement, lines);
    if (next !== undefined) found.push(next);
    open = next?.endAt === undefined ? next : undefined;
    // The sittings that confirmed or refuted this one have spoken with it, and are not its successors.
    const spent = repeats.filter(({ readings }) => readings.some((reading) => isJudged(judgement, reading)));
    i += spent.length;
    if (spent.length > 0) previousAt = spent.at(-1)!.endAt;
  }
  return { found, ...(pending && { pending }), ...(recoveredAt !== undefined && { recoveredAt }) };
}

function episodeOf(judgement: EmergencyJudgement, lines: EmergencyScanLines): FoundEmergency | undefined {
  if (judgement.outcome === 'fires')
    return {
      ...emergencyOf(judgement.crossing, judgement.readings, 'critical', judgement.reason),
      ...(judgement.deadlineAt !== undefined && { completedAt: judgement.deadlineAt }),
    };
  if (judgement.outcome !== 'unconfirmed') return undefined;
  const { crossing, mean, readings } = judgement;
  // Decided by the second reading at the earliest, and not before the one at the line.
  const decided = readings.slice(0, Math.max(2, readings.indexOf(crossing) + 1));
  if (reaches(mean, lines.clearBelow)) return emergencyOf(crossing, decided, 'warning', 'unconfirmed');
  const note = emergencyOf(crossing, decided, 'info', 'unconfirmed');
  return { ...note, endAt: note.completedAt };
}

function emergencyOf(
  crossing: BloodPressureReading,
  readings: readonly BloodPressureReading[],
  severity: Severity,
  reason: string,
): FoundEmergency {
  const completing = readings.at(-1)!;
  const evidence = readings
    .slice(-MAX_EVIDENCE)
    .map(({ deviceKey, measuredAt }) => ({ deviceKey, kind: 'bp' as const, measuredAt }));
  return {
    startAt: crossing.measuredAt,
    completedAt: completing.measuredAt,
    newestAt: completing.measuredAt,
    ...(isInTime(completing) && { freshAt: completing.measuredAt }),
    severity,
    reason,
    evidence,
  };
}

function isJudged(judgement: EmergencyJudgement, reading: BloodPressureReading): boolean {
  return 'readings' in judgement && judgement.readings.includes(reading);
}

function isInTime({ measuredAt, receivedAt }: BloodPressureReading): boolean {
  return receivedAt - measuredAt <= LIVE_WITHIN_MS;
}
