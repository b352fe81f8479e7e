// What an entry of the notification log says of whether its contact knows.
import type { NotificationKind } from './decide-notification.ts';

export interface Attempted {
  readonly status: 'pending' | 'delivered' | 'failed' | 'skipped';
  readonly kind: NotificationKind;
  /** Attempts that arrived for all anybody knows: under way, or cut off. */
  readonly unanswered: number;
}

/** That it is there has been told, is going to be, or may have been by an attempt without an answer. */
export function mayBeHeard({ status, kind, unanswered }: Attempted): boolean {
  return (status === 'delivered' || status === 'pending' || unanswered > 0) && kind !== 'cleared' && kind !== 'closed';
}
