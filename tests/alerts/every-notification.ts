// A notification about whatever there can be, in each language: for what has to hold of every text.
import type { Notification } from '../../alerting/channels/channel.ts';
import { NOTIFICATION_KINDS } from '../../domain/alerts/decide-notification.ts';
import { LANGUAGES } from '../../domain/language.ts';
import { CONDITIONS, DIRECTIONS, SEVERITIES } from '../../domain/rules/rule.ts';

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
