// What merged reasons make of an alert: opens it, lets it fire again, changes its severity or clears it, and says so on the timeline. Pure.
import { v7 as uuidv7 } from 'uuid';
import type { Severity } from '../domain/rules/rule.ts';
import { changeSeverity, clearAlert, fireAgain, highestOf, rankOf } from '../storage/alerts/alert-lifecycle.ts';
import type { AlertKey, AlertReason, AlertRecord } from '../storage/alerts/alert-record.ts';
import type { ChangedEpisode } from '../storage/alerts/signal-changes.ts';
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
export function moveAlert(move: AlertMove): MovedAlert | undefined {
  const { key, before, merged, teamId, previousAlertId, now } = move;
  const severity = highestOf(merged.reasons.filter(({ firing }) => firing).map((reason) => reason.severity));
  if (!before && severity === undefined) return undefined;
  const after = before
    ? changeAlert(before, severity, move)
    : newAlert(key, severity ?? 'info', { teamId, previousAlertId, at: now });
  const { alertId } = after;
  const entry = (event: TimelineEvent, reason: string, detail?: TimelineEntry['detail']): TimelineEntry => ({
    alertId,
    at: now,
    event,
    reason,
    detail,
  });
  const reasons = merged.notes.map(({ event, reason, draft: { ruleId, severity: of } }) =>
    entry(event, reason, { ruleId, severity: of }),
  );
  const first = merged.notes[0]?.reason ?? 'signal_changed';
  const opening = before ? [] : [entry('opened', first, { severity: after.severity })];
  return {
    alert: after,
    timeline: [...opening, ...reasons, ...(before ? changesOf(before, after, first, entry) : [])],
  };
}

function changeAlert(before: AlertRecord, severity: Severity | undefined, { now, wasTold }: AlertMove): AlertRecord {
  if (severity === undefined) return before.signal === 'firing' ? clearAlert(before, now, wasTold) : before;
  return before.signal === 'firing' ? changeSeverity(before, severity) : fireAgain(before, severity, now);
}

type Entry = (event: TimelineEvent, reason: string, detail?: TimelineEntry['detail']) => TimelineEntry;

function changesOf(before: AlertRecord, after: AlertRecord, reason: string, entry: Entry): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  if (after.occurrence > before.occurrence)
    entries.push(entry('fired_again', reason, { occurrence: after.occurrence }));
  const step = rankOf(after.severity) - rankOf(before.severity);
  if (step !== 0)
    entries.push(
      entry(step > 0 ? 'severity_rose' : 'severity_fell', reason, { from: before.severity, to: after.severity }),
    );
  if (before.state === 'snoozed' && after.state === 'open') entries.push(entry('snooze_ended', 'severity_rose'));
  if (before.signal === 'firing' && after.signal === 'cleared') entries.push(entry('cleared', reason));
  if (after.state !== before.state && after.state === 'resolved') entries.push(entry('resolved', 'cleared_by_itself'));
  if (after.state !== before.state && after.state === 'retrospective')
    entries.push(entry('listed', 'over_before_told'));
  return entries;
}

/** What was over before anybody could be told: an alert to look up, dated when it happened, that is never sent. */
export function listEpisode(
  key: AlertKey,
  { episode, reason }: { readonly episode: ChangedEpisode; readonly reason: string },
  teamId: string | undefined,
  now: number,
): MovedAlert & { readonly reason: AlertReason } {
  const { severity, completedAt, startAt, endAt, ruleId, episodeId, explanation, evidence } = episode;
  const opened = newAlert(key, severity, { teamId, previousAlertId: undefined, at: completedAt });
  const alert: AlertRecord = { ...opened, state: 'retrospective', signal: 'cleared', clearedAt: endAt, closedAt: now };
  const { alertId } = alert;
  return {
    alert,
    reason: {
      alertId,
      ruleId,
      episodeId,
      severity,
      firing: false,
      joinedAt: now,
      clearedAt: now,
      episodeStartAt: startAt,
      episodeEndAt: endAt,
      explanation,
      evidence,
    },
    timeline: [{ alertId, at: now, event: 'listed', reason, detail: { ruleId, severity } }],
  };
}

interface Opening {
  readonly teamId: string | undefined;
  readonly previousAlertId: string | undefined;
  readonly at: number;
}

function newAlert(key: AlertKey, severity: Severity, { teamId, previousAlertId, at }: Opening): AlertRecord {
  const times = { openedAt: at, firedAt: at };
  const start = { state: 'open', signal: 'firing', occurrence: 1, test: false, version: 0 } as const;
  return { ...key, ...times, ...start, alertId: uuidv7(), teamId, severity, peakSeverity: severity, previousAlertId };
}
