// Webhook: a signed JSON POST to an address that a lead or an admin gave (DESIGN §7). The receiver tells repeats by Idempotency-Key.
import { createHmac } from 'node:crypto';
import type { Channel, Notification, NotificationItem } from './channel.ts';
import { createGuardedPost, type GuardedPostDeps } from './post-guarded.ts';

export function createWebhook(deps: GuardedPostDeps): Channel {
  const post = createGuardedPost(deps);
  return {
    name: 'webhook',
    follows: true,
    async send(notification, { address, secret }) {
      if (address === undefined || secret === undefined) return { fate: 'failed_final', reason: 'incomplete_contact' };
      const body = writeBody(notification);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Pulseward',
        'idempotency-key': notification.notificationId,
        'pulseward-signature': signBody(secret, Math.floor(deps.now() / 1_000), body),
      };
      return post(address, headers, body);
    },
    async stop() {
      post.stop();
    },
  };
}

/** `t` in seconds; HMAC-SHA256 in hex over `t.body`. */
function signBody(secret: string, atSeconds: number, body: string): string {
  const v1 = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${v1}`;
}

function writeBody(notification: Notification): string {
  const { notificationId, teamId, severity, items, code, isTest } = notification;
  if (items) return JSON.stringify({ notificationId, kind: 'digest', items: items.map(writeItem) });
  // What concerns a team as a whole has no severity.
  const about = teamId === undefined ? { severity } : { severity: undefined, teamId };
  return JSON.stringify({ ...writeItem(notification), ...about, code, ...(isTest && { test: true }) });
}

function writeItem(item: NotificationItem) {
  const { notificationId, alertId, kind, severity, condition, direction, openedAt, link } = item;
  const at = openedAt === undefined ? undefined : new Date(openedAt).toISOString();
  return { notificationId, alertId, kind, severity, condition, direction, openedAt: at, link };
}
