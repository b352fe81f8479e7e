// Which event it is for an alert that the rules say something new: compares what fires now with what the alert knows.
import type { Severity } from '../rules/rule.ts';
import { isClosed } from './advance-alert.ts';
import type { AlertEvent, AlertLife } from './alert-life.ts';
import { rankOf } from './severity-order.ts';

export interface FiringNow {
  /** The highest of the firing reasons; undefined: none fires. */
  readonly severity: Severity | undefined;
  /**
   * An episode the alert has not seen fires, and it isn't one that another rule adds to what fires already, nor one that late data
   * put in the place of a withdrawn one.
   */
  readonly hasNewEpisode: boolean;
  /** A rule that didn't fire before does now. */
  readonly hasNewReason: boolean;
}

/** Undefined: nothing that concerns the alert. */
export function nameSignalEvent(alert: AlertLife, firing: FiringNow, at: number): AlertEvent | undefined {
  const { severity, hasNewEpisode, hasNewReason } = firing;
  if (severity === undefined) return alert.signal === 'firing' ? { type: 'all_clear', at } : undefined;
  if (isClosed(alert)) {
    // A person closed it while it fired: only what they have not seen, or what got worse, concerns anybody.
    const isWorse = rankOf(severity) > rankOf(alert.peakSeverity);
    if (isWorse) return { type: 'severity_rose', severity, at };
    return hasNewEpisode || hasNewReason || alert.signal === 'cleared'
      ? { type: 'new_episode', severity, at }
      : undefined;
  }
  const known = alert.state === 'snoozed' ? (alert.snoozedSeverity ?? alert.severity) : alert.peakSeverity;
  if (rankOf(severity) > rankOf(known)) return { type: 'severity_rose', severity, at };
  if (alert.signal === 'cleared' || hasNewEpisode) return { type: 'new_episode', severity, at };
  if (rankOf(severity) < rankOf(alert.severity)) return { type: 'severity_fell', severity, at };
  if (hasNewReason || severity !== alert.severity) return { type: 'reason_joined', severity, at };
  return undefined;
}
