// The life of an alert: what each event makes of each state (DESIGN §6). Pure; whoever writes the result holds the alert's key.
// Two independent facts: `signal` says what the rules say, `state` what people and timers made of it.
import { SEVERITIES, type Severity } from '../../domain/rules/rule.ts';
import type { AlertRecord, AlertState } from './alert-record.ts';

const EVENTS = ['acknowledge', 'snooze', 'wake', 'rise', 'fire_again', 'resolve', 'expire'] as const;
type AlertEvent = (typeof EVENTS)[number];

/** What is not here can't happen: a closed alert never comes back, it gets a successor. */
const NEXT_STATE: Readonly<Record<AlertEvent, Partial<Record<AlertState, AlertState>>>> = {
  acknowledge: { open: 'acknowledged', acknowledged: 'acknowledged', snoozed: 'acknowledged' },
  snooze: { open: 'snoozed', acknowledged: 'snoozed', snoozed: 'snoozed' },
  // Only from `snoozed`; where to, `snoozedFrom` says.
  wake: { snoozed: 'open' },
  // Who took over something lesser has not taken over this; a worse severity breaks through a snooze.
  rise: { open: 'open', acknowledged: 'open', snoozed: 'open' },
  // A running snooze holds; `rise` comes on top where the severity is higher.
  fire_again: { open: 'open', acknowledged: 'open', snoozed: 'snoozed' },
  resolve: { open: 'resolved', acknowledged: 'resolved', snoozed: 'resolved' },
  expire: { open: 'expired', acknowledged: 'expired', snoozed: 'expired' },
};

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
export const isUrgent = (severity: Severity): boolean => rankOf(severity) >= rankOf('critical');
export const highestOf = (severities: readonly Severity[]): Severity | undefined =>
  SEVERITIES.findLast((severity) => severities.includes(severity));
export const isUnclosed = ({ state }: Pick<AlertRecord, 'state'>): boolean => NEXT_STATE.resolve[state] !== undefined;

/** The alert after the event; undefined where its state doesn't know it. */
function pass(alert: AlertRecord, event: AlertEvent): AlertRecord | undefined {
  const state = NEXT_STATE[event][alert.state];
  return state && { ...alert, state };
}

export function acknowledgeAlert(alert: AlertRecord, userId: string, now: number): AlertRecord | undefined {
  const next = pass(alert, 'acknowledge');
  return next && withoutSnooze({ ...next, acknowledgedAt: now, acknowledgedBy: userId });
}

export function snoozeAlert(alert: AlertRecord, until: number): AlertRecord | undefined {
  const next = pass(alert, 'snooze');
  if (!next) return undefined;
  const snoozedFrom = alert.state === 'acknowledged' ? 'acknowledged' : (alert.snoozedFrom ?? 'open');
  return { ...next, snoozedUntil: until, snoozedSeverity: alert.severity, snoozedFrom };
}

export function wakeAlert(alert: AlertRecord): AlertRecord | undefined {
  const next = pass(alert, 'wake');
  return next && withoutSnooze({ ...next, state: alert.snoozedFrom ?? 'open' });
}

export function resolveAlert(
  alert: AlertRecord,
  now: number,
  by?: { readonly userId: string; readonly outcome: string },
): AlertRecord | undefined {
  const next = pass(alert, 'resolve');
  return next && withoutSnooze({ ...next, closedAt: now, closedBy: by?.userId, outcome: by?.outcome });
}

export function expireAlert(alert: AlertRecord, now: number): AlertRecord | undefined {
  const next = pass(alert, 'expire');
  return next && withoutSnooze({ ...next, closedAt: now });
}

/** The severity of what fires now, while it goes on firing. A step down is noted and changes nothing else. */
export function changeSeverity(alert: AlertRecord, severity: Severity): AlertRecord {
  const peakSeverity = highestOf([severity, alert.peakSeverity]) ?? severity;
  const changed = { ...alert, severity, peakSeverity };
  const known = alert.state === 'snoozed' ? (alert.snoozedSeverity ?? alert.severity) : alert.peakSeverity;
  const risen = rankOf(severity) > rankOf(known) ? pass(changed, 'rise') : undefined;
  return risen ? withoutOwner(withoutSnooze(risen)) : changed;
}

/** Fires again after it had cleared: a new occurrence of the same alert, told anew. */
export function fireAgain(alert: AlertRecord, severity: Severity, now: number): AlertRecord {
  const again = pass(alert, 'fire_again') ?? alert;
  const snoozedFrom = alert.snoozedFrom && 'open';
  const fresh: AlertRecord = {
    ...withoutOwner(again),
    snoozedFrom,
    signal: 'firing',
    firedAt: now,
    occurrence: alert.occurrence + 1,
    announcedKind: undefined,
    announcedAt: undefined,
  };
  return changeSeverity(fresh, severity);
}

/**
 * No reason fires any more. Pages stop. What nobody was told is only listed; what was never urgent and nobody took over resolves
 * by itself; everything else waits for a person.
 */
export function clearAlert(alert: AlertRecord, now: number, wasTold: boolean): AlertRecord {
  const cleared: AlertRecord = { ...alert, signal: 'cleared', clearedAt: now };
  const untouched = alert.state === 'open' || (alert.state === 'snoozed' && alert.snoozedFrom === 'open');
  if (!untouched) return cleared;
  if (!wasTold && alert.state === 'open' && alert.occurrence === 1)
    return { ...cleared, state: 'retrospective', closedAt: now };
  return isUrgent(alert.peakSeverity) ? cleared : (resolveAlert(cleared, now) ?? cleared);
}

function withoutSnooze(alert: AlertRecord): AlertRecord {
  return { ...alert, snoozedUntil: undefined, snoozedSeverity: undefined, snoozedFrom: undefined };
}

function withoutOwner(alert: AlertRecord): AlertRecord {
  return { ...alert, acknowledgedAt: undefined, acknowledgedBy: undefined };
}
