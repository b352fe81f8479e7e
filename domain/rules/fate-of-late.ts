// What becomes of an episode that was completed by a reading that came late (clinical.md §7, the paragraph on lateness).
// Reasons: `late_low` / `late_high` / `late`, `over_before_known`, `too_old`.
import type { Direction, EpisodeFate, Severity } from './rule.ts';

/** A fingerstick or a blood pressure that came late is acted on for this long after it was measured (§7 c). */
export const ACT_ON_LATE_WITHIN_MS = 12 * 3_600_000;

export interface LateFate {
  readonly fate: Exclude<EpisodeFate, 'live'>;
  readonly severity: Severity;
  readonly reason: string;
}

/** @param over ended, or known to be ending; @param ageMs of the newest reading that meets the condition, where its age matters */
export function fateOfLate(severity: Severity, direction: Direction, over: boolean, ageMs?: number): LateFate {
  if (over) return { fate: 'retrospective', severity, reason: 'over_before_known' };
  if (ageMs !== undefined && ageMs > ACT_ON_LATE_WITHIN_MS) {
    return { fate: 'retrospective', severity, reason: 'too_old' };
  }
  return { fate: 'late', severity: severity === 'info' ? 'info' : 'warning', reason: LATE_REASONS[direction] };
}

/** Whether this is why a late episode fires. */
export function isLate({ reason }: { readonly reason: string }): boolean {
  return Object.values<string>(LATE_REASONS).includes(reason);
}

const LATE_REASONS = { low: 'late_low', high: 'late_high', none: 'late' } as const;
