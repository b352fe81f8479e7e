// What an entry of the notification log says of whether its contact knows.
import type { Severity } from '../rules/rule.ts';
import { isGoodNews, type NotificationKind } from './decide-notification.ts';
import { isUrgent } from './severity-order.ts';

/** Why a notification was skipped that the team's debug mode kept from being sent. */
export const WITHHELD = 'debug_mode';

export interface Attempted {
  readonly status: 'pending' | 'delivered' | 'failed' | 'skipped';
  readonly kind: NotificationKind;
  /** Attempts that arrived for all anybody knows: under way, or cut off. */
  readonly unanswered: number;
  /** Not sent because of the team's debug mode: nobody heard of it, and everything goes on as if they had. */
  readonly isWithheld?: boolean | undefined;
  /** Urgent, and its channel hasn't taken it for STUCK_AFTER_MS: it is tried on, and somebody else as well. */
  readonly isStuck?: boolean | undefined;
}

interface Tried extends Pick<Attempted, 'status'> {
  readonly severity: Severity;
  readonly attempts: number;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Operational: a channel that is away for longer than this is no way to be told of a low by. */
export const STUCK_AFTER_MS = 45_000;

/** When an urgent message that its channel has not taken is stuck, epoch ms; undefined: it was not tried yet, or is settled. */
export function stuckAt({ status, severity, attempts, createdAt }: Tried): number | undefined {
  return status === 'pending' && attempts > 0 && isUrgent(severity) ? createdAt + STUCK_AFTER_MS : undefined;
}

/** It has not reached anybody, and may never do. */
export function isLost({ status, isStuck = false }: Attempted): boolean {
  return status === 'failed' || isStuck;
}

/** That it is there has been told, is going to be, or may have been by an attempt without an answer. */
export function mayBeHeard({ status, kind, unanswered }: Attempted): boolean {
  return !isGoodNews(kind) && (status === 'delivered' || status === 'pending' || unanswered > 0);
}

/** It counts as told for what is decided after it. */
export function countsAsTold(attempted: Attempted): boolean {
  return mayBeHeard(attempted) || (attempted.isWithheld === true && !isGoodNews(attempted.kind));
}
