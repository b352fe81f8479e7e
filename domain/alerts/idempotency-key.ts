// One key for one notification, however often it is decided, sent or sent again: what a receiver tells repetitions by (promise 8).
import type { Severity } from '../rules/rule.ts';
import type { NotificationKind } from './decide-notification.ts';

export interface NotificationIdentity {
  readonly alertId: string;
  /** Contact, or user where the channel has none. */
  readonly contactId: string;
  readonly occurrence: number;
  readonly kind: NotificationKind;
  readonly severity: Severity;
  readonly step: number;
}

export function idempotencyKey({ alertId, contactId, occurrence, kind, severity, step }: NotificationIdentity): string {
  return [alertId, occurrence, kind, severity, step, contactId].join('.');
}
