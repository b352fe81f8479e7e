// Tells somebody outside that alerting has looked and found nothing overdue (PULSEWARD_DEADMAN_URL). Who hears nothing for a while raises
// the alarm by other means. Promise: a ping says nothing but that it came, and one that hangs or fails costs a count.
import type { AlertingCounters } from './alerting-counters.ts';
import { createGuardedPost, type GuardedPostDeps } from './channels/post-guarded.ts';

export interface DeadMan {
  /** Returns at once. */
  ping(): void;
  /** Ends a ping that is under way. */
  stop(): Promise<void>;
}

export interface DeadManDeps extends GuardedPostDeps {
  /** Absent: nobody is told. */
  readonly url: string | undefined;
  readonly counters: Pick<AlertingCounters, 'pings'>;
}

export function createDeadMan({ url, counters, ...posting }: DeadManDeps): DeadMan {
  if (url === undefined) return { ping() {}, async stop() {} };
  const address = url;
  const send = createGuardedPost(posting);
  let underWay: Promise<void> | undefined;
  let isStopping = false;

  async function tell(): Promise<void> {
    const answer = await send(address, { 'user-agent': 'Pulseward' }, '', { method: 'GET' });
    if (!isStopping) counters.pings.inc({ fate: answer.fate === 'delivered' ? 'delivered' : answer.reason });
    underWay = undefined;
  }

  return {
    ping() {
      // One that hangs is given up long before the next is due.
      if (!isStopping) underWay ??= tell();
    },
    async stop() {
      isStopping = true;
      send.stop();
      await underWay;
    },
  };
}
