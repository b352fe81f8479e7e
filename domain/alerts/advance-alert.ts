// Applies one event to an alert by the table of transitions.
// Promise: pure and total; the same event again changes nothing more, and a reason is given also where nothing changes.
import type { AlertEffect, AlertEvent, AlertLife, AlertState } from './alert-life.ts';
import { ALERT_TRANSITIONS, type AlertTransition } from './alert-transitions.ts';
import { highestOf, isUrgent } from './severity-order.ts';

export interface AdvancedAlert<Alert extends AlertLife> {
  readonly alert: Alert;
  readonly effects: readonly AlertEffect[];
  /** For the timeline, or, without effects, for whoever asked. */
  readonly reason: string;
}

export function isClosed({ state }: Pick<AlertLife, 'state'>): boolean {
  return state === 'resolved' || state === 'expired' || state === 'retrospective';
}

export function advanceAlert<Alert extends AlertLife>(alert: Alert, event: AlertEvent): AdvancedAlert<Alert> {
  const { to = alert.state, effects, reason } = transitionFor(alert, event);
  if (effects.length === 0) return { alert, effects, reason };
  return { alert: { ...alert, ...changesOf(alert, event, to) }, effects, reason };
}

/** Exported for the test that walks every cell. */
export function transitionFor(alert: AlertLife, event: AlertEvent): AlertTransition {
  const urgent = isUrgent('severity' in event ? event.severity : alert.peakSeverity);
  const transition = ALERT_TRANSITIONS.find(
    (row) =>
      row.on === event.type &&
      (row.state === undefined || row.state.includes(alert.state)) &&
      (row.signal === undefined || row.signal === alert.signal) &&
      (row.urgent === undefined || row.urgent === urgent) &&
      (row.snoozedFrom === undefined || row.snoozedFrom === (alert.snoozedFrom ?? 'open')),
  );
  if (transition === undefined)
    throw new RangeError(`No transition of an alert in state ${alert.state} on ${event.type}.`);
  return transition;
}

function changesOf(alert: AlertLife, event: AlertEvent, to: AlertState): Partial<AlertLife> {
  const closes = isClosed({ state: to }) && !isClosed(alert);
  const common = {
    state: to,
    ...(to !== 'snoozed' && WITHOUT_SNOOZE),
    ...(closes && { closedAt: event.at }),
  };
  switch (event.type) {
    case 'reason_joined':
    case 'severity_rose':
    case 'severity_fell':
    case 'new_episode':
      return isClosed(alert) ? {} : { ...common, ...fire(alert, event, to) };
    case 'all_clear':
      return alert.signal === 'cleared' ? common : { ...common, signal: 'cleared', clearedAt: event.at };
    case 'acknowledge':
      return { ...common, acknowledgedAt: event.at, acknowledgedBy: event.by };
    case 'snooze': {
      const snoozedFrom = alert.state === 'acknowledged' ? 'acknowledged' : (alert.snoozedFrom ?? 'open');
      return { ...common, snoozedUntil: event.until, snoozedSeverity: alert.severity, snoozedFrom };
    }
    case 'resolve':
      return { ...common, closedAt: alert.closedAt ?? event.at, closedBy: event.by, outcome: event.outcome };
    case 'test_ended':
    case 'retrospective':
      return { ...common, signal: 'cleared', clearedAt: alert.clearedAt ?? event.at };
    case 'acknowledgement_lapsed':
      // Who is told now is told as of something new, and the escalation begins again.
      return {
        ...common,
        occurrence: alert.signal === 'firing' ? alert.occurrence + 1 : alert.occurrence,
        acknowledgedAt: undefined,
        acknowledgedBy: undefined,
      };
    case 'snooze_ended':
    case 'expire':
      return common;
  }
}

type FiringEvent = Extract<AlertEvent, { severity: unknown }>;

function fire(alert: AlertLife, { type, severity, at }: FiringEvent, to: AlertState): Partial<AlertLife> {
  // An urgent rise is told anew, also where the alert had been as bad before.
  const isAnew =
    type === 'new_episode' || alert.signal === 'cleared' || (type === 'severity_rose' && isUrgent(severity));
  const losesOwner = to === 'open' || (isAnew && to === 'snoozed');
  return {
    signal: 'firing',
    severity,
    peakSeverity: highestOf([severity, alert.peakSeverity]) ?? severity,
    ...(isAnew && { occurrence: alert.occurrence + 1, firedAt: at }),
    ...(losesOwner && { acknowledgedAt: undefined, acknowledgedBy: undefined }),
    // What its owner put aside was another episode.
    ...(isAnew && to === 'snoozed' && { snoozedFrom: 'open' as const }),
  };
}

const WITHOUT_SNOOZE = { snoozedUntil: undefined, snoozedSeverity: undefined, snoozedFrom: undefined } as const;
