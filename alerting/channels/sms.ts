// SMS over whatever HTTP gateway the operator has: URL, headers and body are templates (PULSEWARD_SMS_…). Its own key for repeats goes
// where the template has {notificationId}, and in the header Idempotency-Key.
import type { SmsConfig } from '../../runtime/channel-config.ts';
import { fillTemplate } from '../../runtime/fill-template.ts';
import { writeAlertText } from '../texts/write-alert-text.ts';
import type { Channel, ChannelAnswer } from './channel.ts';
import { createGuardedPost, type GuardedPostDeps } from './post-guarded.ts';

export interface SmsDeps extends GuardedPostDeps {
  readonly config: SmsConfig;
}

export function createSms({ config, ...posting }: SmsDeps): Channel {
  const post = createGuardedPost(posting);
  const judgeBody = config.success && ((text: string) => judge(text, config));
  return {
    name: 'sms',
    follows: false,
    saysWho: true,
    async send(notification, { address }) {
      if (address === undefined) return { fate: 'failed_final', reason: 'incomplete_contact' };
      const { notificationId } = notification;
      const values = { phone: address, text: writeAlertText(notification).short, notificationId };
      const headers = { 'user-agent': 'Pulseward', ...config.headers, 'idempotency-key': notificationId };
      const body = fillTemplate(config.body, values, config.bodyForm);
      return post(fillTemplate(config.url, values, 'form'), headers, body, { method: config.method, judgeBody });
    },
    async stop() {
      post.stop();
    },
  };
}

/** Gateways tend to answer 200 whatever happened. Their words are not kept: they repeat number and text. */
function judge(text: string, { success, retryValues }: SmsConfig): ChannelAnswer {
  const answer = parse(text);
  if (answer === undefined) return { fate: 'failed_recoverable', reason: 'unreadable_answer', perhapsArrived: true };
  const said = success?.path.reduce(read, answer.parsed);
  if (String(said) === success?.value) return { fate: 'delivered' };
  if (retryValues.includes(String(said)))
    return { fate: 'failed_recoverable', reason: 'gateway_refused', perhapsArrived: false };
  return { fate: 'failed_final', reason: 'gateway_refused' };
}

function parse(text: string): { readonly parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The entry `name` of an object or a list. */
function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
