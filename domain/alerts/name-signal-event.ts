// Which event it is for an unclosed alert that the rules say something new: compares what fires now with what the alert knows. What a
// person has closed is dealt-with.ts's.
import type { Severity } from '../rules/rule.ts';
import type { AlertEvent, AlertLife } from './alert-life.ts';
import { isUrgent, rankOf } from './severity-order.ts';

export interface FiringNow {
  /** The highest of the firing reasons; undefined: none fires. */
  readonly severity: Severity | undefined;
  /**
   * The highest of what fired before and has gone on without a break, at the lesser of what it was and what it is: so low has the alert
   * been in between, seen or not. Undefined: all that fired is over.
   */
  readonly continuing: Severity | undefined;
  /** A rule that didn't fire before does now. */
  readonly hasNewReason: boolean;
}

/** Undefined: nothing that concerns the alert. */
export function nameSignalEvent(alert: AlertLife, firing: FiringNow, at: number): AlertEvent | undefined {
  const { severity, continuing, hasNewReason } = firing;
  if (severity === undefined) return alert.signal === 'firing' ? { type: 'all_clear', at } : undefined;
  if (rankOf(severity) > rankOf(knownSeverity(alert, continuing))) return { type: 'severity_rose', severity, at };
  if (alert.signal === 'cleared' || continuing === undefined) return { type: 'new_episode', severity, at };
  // As bad as what was put off, and yet not that: in between it was less. A running snooze holds; whoever owned that doesn't own this.
  const isBackAgain = isUrgent(severity) && rankOf(severity) > rankOf(continuing);
  if (alert.state === 'snoozed' && isBackAgain) return { type: 'new_episode', severity, at };
  if (rankOf(severity) < rankOf(alert.severity)) return { type: 'severity_fell', severity, at };
  if (hasNewReason || severity !== alert.severity) return { type: 'reason_joined', severity, at };
  return undefined;
}

/** What is worse than this is a rise. How bad it has been before doesn't count: whoever took that over has not taken over this. */
function knownSeverity(alert: AlertLife, continuing: Severity | undefined): Severity {
  if (alert.state === 'snoozed') return alert.snoozedSeverity ?? alert.severity;
  return alert.signal === 'cleared' ? alert.peakSeverity : (continuing ?? alert.severity);
}
