// Whether an alert as it stands deserves a notification, with the named reason why or why not, and when to ask again.
// Promise: compares what is with what was told, so that asked again at any moment it gives the same answer; no configuration ever makes
// it silent about what is urgent.
import type { Severity } from '../rules/rule.ts';
import { isClosed } from './advance-alert.ts';
import type { AlertLife } from './alert-life.ts';
import { outcomeDue } from './outcome-due.ts';
import { isUrgent, rankOf } from './severity-order.ts';

/** The last four are about no single alert (notification-subject.ts), and nothing here decides them. */
export const NOTIFICATION_KINDS = [
  'opened',
  'changed',
  'reminder',
  'cleared',
  'closed',
  'repeat_request',
  'handover',
  'incident',
  'verification',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** It says that an alert is over: for those alone who heard that it began, and nobody is paged with it. */
export function isGoodNews(kind: NotificationKind): kind is 'cleared' | 'closed' {
  return kind === 'cleared' || kind === 'closed';
}

/** Why whoever took it over is told: the one reminder that is theirs alone. */
export const NO_OUTCOME_YET = 'no_outcome_yet';

/** What is not urgent waits for company this long after it began to fire (DESIGN §6). */
const GROUP_MS = 30_000;
/** An urgent alert that nobody owns is told again this often, where its rules say nothing else (DESIGN §6). */
export const URGENT_REPEAT_MS = 15 * 60_000;

export interface Told {
  readonly kind: NotificationKind;
  readonly severity: Severity;
  readonly occurrence: number;
  readonly at: number;
  /** In this occurrence it was told in digests alone. */
  readonly isDigest?: boolean | undefined;
}

export interface NotificationQuestion {
  readonly alert: AlertLife;
  /** What was told of this alert last, to anybody. */
  readonly told?: Told | undefined;
  /** How often it was told again in this occurrence. */
  readonly reminders?: number | undefined;
  /** Of the firing rules, the shortest `timing.repeatMs` (clinical.md §7). Absent: what was never urgent isn't told again. */
  readonly repeatMs?: number | undefined;
  /** Until then what isn't urgent is no news (cooldown.ts), epoch ms. */
  readonly cooledDownAt?: number | undefined;
  /** A snooze has just ended on something urgent: told at once, however lately it was told before. */
  readonly pageNow?: boolean | undefined;
  /** What it waits in company with is told then, epoch ms; absent: after the usual while. */
  readonly groupedAt?: number | undefined;
  /** When the next step of its escalation is due, epoch ms; absent: there is none. */
  readonly escalateAt?: number | undefined;
  /** A contact of the patient or a carer has failed, and there is a next one: it is for them, whatever the team does. */
  readonly hasNextOutside?: boolean | undefined;
  /** Within which somebody who owns it gives an outcome; absent: as OUTCOME_WITHIN_MIN says. */
  readonly outcomeWithinMs?: number | undefined;
  /** Whoever owns it was reminded, epoch ms. */
  readonly ownerRemindedAt?: number | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Whom of its escalation it is for: `start` begins it anew · `again` all steps taken so far · `next_steps` those due now · `owner` whoever
 * took it over · `outside` the next contact of patient or carer, whoever has taken it over · `end` whoever follows it.
 */
export type NotificationScope = 'start' | 'again' | 'next_steps' | 'owner' | 'outside' | 'end';

export type NotificationDecision =
  | {
      readonly decision: 'send';
      readonly kind: NotificationKind;
      readonly scope: NotificationScope;
      /** Tells one notification of an occurrence from the next: 0, for reminders 1, 2, … */
      readonly step: number;
      readonly reason: string;
    }
  | { readonly decision: 'wait'; readonly reason: string; readonly nextDueAt: number }
  | { readonly decision: 'hold'; readonly reason: string };

export function decideNotification(question: NotificationQuestion): NotificationDecision {
  const { alert, told, now } = question;
  if (alert.state === 'retrospective') return hold('retrospective_is_listed_only');
  if (isClosed(alert)) return ending(told, 'closed', alert.state);
  if (alert.signal === 'cleared') {
    const end = ending(told, 'cleared', 'all_clear');
    return end.decision === 'hold' && alert.state === 'acknowledged' ? owned(question) : end;
  }
  if (question.hasNextOutside && alert.state !== 'open') return send(question, 'opened', 'channel_failed', 'outside');
  if (alert.state === 'snoozed') {
    return alert.snoozedUntil === undefined ? hold('snoozed') : wait('snoozed', alert.snoozedUntil);
  }
  const isTold = told !== undefined && told.occurrence === alert.occurrence && told.kind !== 'cleared';
  if (alert.state === 'acknowledged') return owned(question);
  if (!isTold) return first(question);
  if (rankOf(alert.severity) > rankOf(told.severity)) return send(question, 'changed', 'severity_rose', 'start');
  if (question.pageNow) return send(question, 'reminder', 'snooze_ended', 'again');
  const { escalateAt = Number.POSITIVE_INFINITY } = question;
  const repeatAt = told.at + repeatMsOf(question);
  if (repeatAt <= now) return send(question, 'reminder', 'repeat_interval_elapsed', 'again');
  if (escalateAt <= now) return send(question, 'opened', 'escalation_step', 'next_steps');
  if (escalateAt < repeatAt) return wait('escalation_step', escalateAt);
  return repeatAt < Number.POSITIVE_INFINITY ? wait('repeat_interval', repeatAt) : hold('nothing_due');
}

/** Somebody owns it: reminded once that it has no outcome, and after as long again it is nobody's (the timer's affair). */
function owned(question: NotificationQuestion): NotificationDecision {
  const { alert, outcomeWithinMs, ownerRemindedAt, now } = question;
  const due = outcomeDue({ ...alert, outcomeWithinMs, ownerRemindedAt });
  if (due === undefined) return hold('acknowledged');
  if (due.lapsesAt !== undefined) return wait('acknowledgement_lapses', due.lapsesAt);
  return due.dueAt <= now ? send(question, 'reminder', NO_OUTCOME_YET, 'owner') : wait(NO_OUTCOME_YET, due.dueAt);
}

function first(question: NotificationQuestion): NotificationDecision {
  const { alert, told, now, cooledDownAt = now } = question;
  const kind = told === undefined ? 'opened' : 'changed';
  const reason = alert.occurrence > 1 ? 'told_anew' : 'first_notification';
  if (isUrgent(alert.severity)) return send(question, kind, reason, 'start');
  if (now < cooledDownAt) return wait('cooldown', cooledDownAt);
  const groupedAt = Math.min(alert.firedAt + GROUP_MS, question.groupedAt ?? Number.POSITIVE_INFINITY);
  return now < groupedAt ? wait('grouping', groupedAt) : send(question, kind, reason, 'start');
}

/** Whoever heard that it began hears that it is over; nobody else does. */
function ending(told: Told | undefined, kind: 'cleared' | 'closed', reason: string): NotificationDecision {
  if (told === undefined) return hold('nobody_was_told');
  if (told.kind === kind || told.kind === 'closed') return hold('nothing_due');
  return { decision: 'send', kind, scope: 'end', step: 0, reason };
}

function send(
  { reminders = 0 }: NotificationQuestion,
  kind: 'opened' | 'changed' | 'reminder',
  reason: string,
  scope: NotificationScope,
): NotificationDecision {
  const step = kind === 'reminder' ? reminders + 1 : 0;
  return { decision: 'send', kind, scope, step, reason };
}

/** What was urgent and is less so now still has nobody who owns it. What stood in a digest alone is no reason to interrupt anybody. */
function repeatMsOf({ alert, told, repeatMs }: NotificationQuestion): number {
  if (isUrgent(alert.peakSeverity)) return repeatMs ?? URGENT_REPEAT_MS;
  const isDigest = told?.occurrence === alert.occurrence && told.isDigest === true;
  return isDigest ? Number.POSITIVE_INFINITY : (repeatMs ?? Number.POSITIVE_INFINITY);
}

function wait(reason: string, nextDueAt: number): NotificationDecision {
  return { decision: 'wait', reason, nextDueAt };
}

function hold(reason: string): NotificationDecision {
  return { decision: 'hold', reason };
}
