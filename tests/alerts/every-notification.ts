// A notification about whatever there can be, in each language: for what has to hold of every text.
import type { Notification } from '../../alerting/channels/channel.ts';
import { NOTIFICATION_KINDS } from '../../domain/alerts/decide-notification.ts';
import { LANGUAGES } from '../../domain/language.ts';
import { CONDITIONS, DIRECTIONS, SEVERITIES } from '../../domain/rules/rule.ts';

/** Its reference: 1c0ffee5. */
export const criticalLow: Notification = {
  notificationId: '019a0000-0000-7000-8000-00001c0ffee5',
  alertId: 'a',
  kind: 'opened',
  severity: 'critical',
  condition: 'glucose',
  direction: 'low',
  openedAt: 0,
  link: 'https://clinic.example/#/alerts/a',
};

export function everyNotification(like: Notification): Notification[] {
  return LANGUAGES.flatMap((language) =>
    NOTIFICATION_KINDS.flatMap((kind) =>
      SEVERITIES.flatMap((severity) =>
        CONDITIONS.flatMap((condition) =>
          DIRECTIONS.map((direction) => ({ ...like, language, kind, severity, condition, direction })),
        ),
      ),
    ),
  );
}
