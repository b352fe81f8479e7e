// What merged reasons make of an alert, by the domain's table of transitions, and what the timeline says of it. Pure.
import { v7 as uuidv7 } from 'uuid';
import { advanceAlert } from '../domain/alerts/advance-alert.ts';
import type { AlertEvent } from '../domain/alerts/alert-life.ts';
import { nameSignalEvent } from '../domain/alerts/name-signal-event.ts';
import { highestOf } from '../domain/alerts/severity-order.ts';
import type { Severity } from '../domain/rules/rule.ts';
import type { AlertKey, AlertRecord } from '../storage/alerts/alert-record.ts';
import type { TimelineEntry, TimelineEvent } from '../storage/alerts/timeline.ts';
import type { MergedEpisodes } from './merge-episodes.ts';

export interface MovedAlert {
  readonly alert: AlertRecord;
  readonly timeline: readonly TimelineEntry[];
}

export interface AlertMove {
  readonly key: AlertKey;
  /** The unclosed one. */
  readonly before: AlertRecord | undefined;
  readonly merged: MergedEpisodes;
  readonly teamId: string | undefined;
  readonly previousAlertId: string | undefined;
  /** Whether anybody has been told of it. */
  readonly wasTold: boolean;
  readonly now: number;
}

/** Undefined where there is no alert and nothing fires. */
export function moveAlert({
  key,
  before,
  merged,
  teamId,
  previousAlertId,
  wasTold,
  now,
}: AlertMove): MovedAlert | undefined {
  const firing = merged.reasons.filter((reason) => reason.firing);
  const severity = highestOf(firing.map((reason) => reason.severity));
  if (!before) {
    if (severity === undefined) return undefined;
    const alert = newAlert(key, severity, { teamId, previousAlertId, at: now });
    const reason = merged.notes[0]?.reason ?? 'signal_changed';
    const opened: TimelineEntry = { alertId: alert.alertId, at: now, event: 'opened', reason, detail: { severity } };
    return { alert, timeline: [opened, ...reasonEntries(alert.alertId, merged, now)] };
  }
  const hasNewReason = merged.notes.some(({ event, draft }) => event === 'reason_joined' && draft.firing);
  const named = nameSignalEvent(before, { severity, continuing: merged.continuing, hasNewReason }, now);
  const event: AlertEvent | undefined =
    named?.type === 'all_clear' && !wasTold && before.state === 'open' ? { type: 'retrospective', at: now } : named;
  const reasons = reasonEntries(before.alertId, merged, now);
  if (!event) return { alert: before, timeline: reasons };
  const { alert, effects, reason } = advanceAlert(before, event);
  const isAnew = alert.occurrence > before.occurrence;
  const entry = (what: TimelineEvent, detail?: TimelineEntry['detail']): TimelineEntry => ({
    alertId: before.alertId,
    at: now,
    event: what,
    reason,
    detail,
  });
  const firesAgain = isAnew && !(event.type === 'severity_rose' && before.signal === 'firing');
  const said = firesAgain
    ? entry('fired_again', { occurrence: alert.occurrence })
    : nameEntry(event, before, alert, entry);
  const closing = effects.includes('resolve_itself') ? [entry('resolved')] : [];
  return {
    alert: isAnew ? { ...alert, reminders: 0 } : alert,
    timeline: [...reasons, ...(effects.includes('record') && said ? [said] : []), ...closing],
  };
}

function nameEntry(
  { type }: AlertEvent,
  { severity: from }: AlertRecord,
  { severity: to }: AlertRecord,
  entry: (event: TimelineEvent, detail?: TimelineEntry['detail']) => TimelineEntry,
): TimelineEntry | undefined {
  if (type === 'severity_rose' || type === 'severity_fell') return entry(type, { from, to });
  if (type === 'all_clear') return entry('cleared');
  return type === 'retrospective' ? entry('listed') : undefined;
}

function reasonEntries(alertId: string, { notes }: MergedEpisodes, at: number): TimelineEntry[] {
  return notes.map(({ event, reason, draft: { ruleId, severity } }) => ({
    alertId,
    at,
    event,
    reason,
    detail: { ruleId, severity },
  }));
}

export interface Opening {
  readonly teamId: string | undefined;
  readonly previousAlertId: string | undefined;
  readonly at: number;
}

export function newAlert(key: AlertKey, severity: Severity, { teamId, previousAlertId, at }: Opening): AlertRecord {
  return {
    ...key,
    alertId: uuidv7(),
    teamId,
    previousAlertId,
    severity,
    peakSeverity: severity,
    state: 'open',
    signal: 'firing',
    openedAt: at,
    firedAt: at,
    occurrence: 1,
    reminders: 0,
    test: false,
    version: 0,
  };
}
