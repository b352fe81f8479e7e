// Every channel there is. A new one is one file, one test and one line here. What the operator hasn't set up doesn't exist.
import type { Pool } from 'pg';
import type { ChannelConfig } from '../../runtime/channel-config.ts';
import { openPushKeys } from '../../storage/registry/push-keys.ts';
import type { Channel } from './channel.ts';
import { createDingtalkRobot } from './dingtalk-robot.ts';
import { createEmail } from './email.ts';
import { createInApp } from './in-app.ts';
import { createSms } from './sms.ts';
import { createWebPush } from './web-push.ts';
import { createWebhook } from './webhook.ts';
import { createWecomRobot } from './wecom-robot.ts';

export interface ChannelDeps {
  readonly pool: Pool;
  /** PULSEWARD_WEBHOOK_ALLOW. */
  readonly allow: readonly string[];
  readonly config: ChannelConfig;
  readonly now: () => number;
}

/** By name. Throws ConfigurationError where the file of the push keys holds none. */
export async function createChannels({ pool, allow, config, now }: ChannelDeps): Promise<ReadonlyMap<string, Channel>> {
  const announce = async (alertId: string) => {
    await pool.query(`select pg_notify('live', 'alert ' || $1::text)`, [alertId]);
  };
  const { mail, sms, push } = config;
  const keys = push && (await openPushKeys(push.keyFile));
  const shared = { allow, now };
  const channels = [
    createInApp({ announce }),
    createWebhook(shared),
    createWecomRobot(shared),
    createDingtalkRobot(shared),
    ...(mail ? [createEmail({ config: mail })] : []),
    ...(sms ? [createSms({ config: sms, ...shared })] : []),
    ...(push && keys ? [createWebPush({ contact: push.contact, keys, ...shared })] : []),
  ];
  return new Map(channels.map((channel) => [channel.name, channel]));
}
