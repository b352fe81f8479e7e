// What a found glucose episode is told as: its fate by lateness, its severity, its reason (clinical.md §7).
import { fateOfLate } from './fate-of-late.ts';
import type { Direction, Episode, Explanation, Severity } from './rule.ts';
import type { FoundEpisode } from './scan-glucose.ts';
import type { ThresholdSet } from './thresholds.ts';

export interface FoundTelling {
  readonly severity: Severity;
  readonly direction: Direction;
  /** What is said while it is live. */
  readonly live: Explanation;
  readonly thresholds: ThresholdSet;
  /** Of the newest reading beyond the line, where its age matters, ms. */
  readonly ageMs?: number | undefined;
}

export function judgeFound(found: FoundEpisode, telling: FoundTelling): Episode {
  const { startAt, completedAt, endAt, freshAt, evidence } = found;
  const { severity, direction, live, thresholds, ageMs } = telling;
  const base = { startAt, completedAt, ...(endAt !== undefined && { endAt }), evidence };
  if (freshAt !== undefined) return { ...base, freshAt, severity, fate: 'live', explanation: live };
  const late = fateOfLate(severity, direction, endAt !== undefined || found.knownRecovering, ageMs);
  return { ...base, severity: late.severity, fate: late.fate, explanation: { reason: late.reason, thresholds } };
}
