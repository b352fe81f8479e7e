// Every channel there is. A new one is one file, one test and one line here.
import type { Pool } from 'pg';
import type { Channel } from './channel.ts';
import { createInApp } from './in-app.ts';
import { createWebhook } from './webhook.ts';

export interface ChannelDeps {
  readonly pool: Pool;
  /** PULSEWARD_WEBHOOK_ALLOW. */
  readonly allow: readonly string[];
  readonly now: () => number;
}

export function createChannels({ pool, allow, now }: ChannelDeps): ReadonlyMap<string, Channel> {
  const announce = async (alertId: string) => {
    await pool.query(`select pg_notify('live', 'alert ' || $1::text)`, [alertId]);
  };
  const channels = [createInApp({ announce }), createWebhook({ allow, now })];
  return new Map(channels.map((channel) => [channel.name, channel]));
}
