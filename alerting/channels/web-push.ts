// Web Push (RFC 8030): to a browser's subscription, encrypted for it alone (RFC 8291), signed with this installation's VAPID key
// (RFC 8292). `Topic` is the idempotency key: the push service keeps the last of what has the same, and the page shows it once by it.
import webPush from 'web-push';
import { URGENT_REPEAT_MS } from '../../domain/alerts/decide-notification.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import type { PushKeys } from '../../storage/registry/push-keys.ts';
import { parsePushSubscription } from '../../storage/registry/push-subscription.ts';
import { writeAlertText } from '../texts/write-alert-text.ts';
import type { Channel, ChannelAnswer, Notification } from './channel.ts';
import { createGuardedPost, type GuardedPostDeps } from './post-guarded.ts';

const URGENCY: Readonly<Record<Severity, 'low' | 'normal' | 'high'>> = {
  info: 'low',
  warning: 'normal',
  critical: 'high',
  emergency: 'high',
};
/** For how long the push service keeps it for a device that is away. What is urgent is told again by then. */
const URGENT_TTL_S = URGENT_REPEAT_MS / 1_000;
const TTL_S = 24 * 60 * 60;
/** The subscription has ended, and never comes back. */
const GONE = new Set(['http_404', 'http_410']);

export interface WebPushDeps extends GuardedPostDeps {
  readonly keys: PushKeys;
  /** `mailto:` or `https:`: whom a push service asks about what we send. */
  readonly contact: string;
}

export function createWebPush({ keys, contact, ...posting }: WebPushDeps): Channel {
  const post = createGuardedPost(posting);
  const vapidDetails = { ...keys, subject: contact };
  return {
    name: 'web_push',
    follows: false,
    async send(notification, { address }): Promise<ChannelAnswer> {
      const subscription = address === undefined ? undefined : parsePushSubscription(address);
      if (!subscription) return { fate: 'failed_final', reason: 'incomplete_contact' };
      const { endpoint, headers, body } = webPush.generateRequestDetails(subscription, writePayload(notification), {
        vapidDetails,
        TTL: isUrgent(notification.severity) ? URGENT_TTL_S : TTL_S,
        urgency: URGENCY[notification.severity],
        topic: notification.notificationId.replaceAll('-', ''),
      });
      const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
      const answer = await post(endpoint, Object.fromEntries(sent), body);
      const isGone = answer.fate === 'failed_final' && GONE.has(answer.reason);
      return isGone ? { fate: 'failed_final', reason: 'subscription_gone' } : answer;
    },
    async stop() {
      post.stop();
    },
  };
}

/** What the page's service worker shows: no value on a lock screen. `tag` replaces what it has shown of the same notification. */
function writePayload(notification: Notification): string {
  const { title, body } = writeAlertText(notification);
  const { notificationId, alertId, severity, link } = notification;
  return JSON.stringify({ tag: notificationId, notificationId, alertId, severity, title, body, link });
}
