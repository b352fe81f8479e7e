// The channels by which a contact can be reached, as far as registering one needs to know. A new channel adds a line here.
import { createAllowedHosts, mayBeAsked } from '../../runtime/allowed-hosts.ts';
import type { ChannelConfig } from '../../runtime/channel-config.ts';
import { parsePushSubscription } from './push-subscription.ts';
import { invalid } from './refusal.ts';

interface ContactChannel {
  /** `made`: it signs with a secret, which is made where none is given. `given`: the other side made one, and it is needed. */
  readonly secret: 'none' | 'made' | 'given';
  /** A group chat is for the team: a patient's contact can't be one. */
  readonly forTeamOnly?: boolean;
  /** undefined, or what is wrong with the address and what would be right. */
  readonly refuseAddress: (address: string, plainHttpHosts: readonly string[]) => string | undefined;
  /** Where an operator has to set it up first: what it is called, how it is done, and whether it is. */
  readonly setUp?: { readonly what: string; readonly by: string; readonly part: keyof ChannelConfig };
}

export const CONTACT_CHANNELS: Readonly<Record<string, ContactChannel>> = {
  in_app: { secret: 'none', refuseAddress: () => undefined },
  webhook: { secret: 'made', refuseAddress: refuseWebhookUrl },
  wecom_robot: { secret: 'none', forTeamOnly: true, refuseAddress: refuseWecomUrl },
  dingtalk_robot: { secret: 'given', forTeamOnly: true, refuseAddress: refuseDingtalkUrl },
  email: {
    secret: 'none',
    refuseAddress: refuseMailAddress,
    setUp: { what: 'E-mail', by: 'PULSEWARD_SMTP_URL and PULSEWARD_MAIL_FROM', part: 'mail' },
  },
  sms: { secret: 'none', refuseAddress: refusePhone, setUp: { what: 'SMS', by: 'PULSEWARD_SMS_URL', part: 'sms' } },
  web_push: {
    secret: 'none',
    refuseAddress: refuseSubscription,
    setUp: { what: 'Web Push', by: 'PULSEWARD_PUSH_CONTACT', part: 'push' },
  },
};

export interface ContactRules {
  /** PULSEWARD_WEBHOOK_ALLOW. */
  readonly plainHttpHosts: readonly string[];
  /** What the operator has set up; nothing where absent. */
  readonly channels?: ChannelConfig | undefined;
}

/** By which a contact can be reached here. */
export function offeredChannels(channels: ChannelConfig, owner: 'member' | 'patient' = 'member'): string[] {
  return Object.entries(CONTACT_CHANNELS).flatMap(([name, each]) =>
    isSetUp(each, channels) && isFor(owner, each) ? [name] : [],
  );
}

const isSetUp = ({ setUp }: ContactChannel, channels: ChannelConfig): boolean =>
  !setUp || channels[setUp.part] !== undefined;

const isFor = (owner: 'member' | 'patient', { forTeamOnly }: ContactChannel): boolean =>
  owner === 'member' || !forTeamOnly;

/** Throws Refusal `invalid` naming `field`. */
export function checkContact(
  contact: { readonly channel: string; readonly address: string },
  field: string,
  { plainHttpHosts, channels = {} }: ContactRules,
  owner: 'member' | 'patient' = 'member',
): ContactChannel {
  const channel = Object.hasOwn(CONTACT_CHANNELS, contact.channel) ? CONTACT_CHANNELS[contact.channel] : undefined;
  const use = `use one of ${offeredChannels(channels, owner).join(', ')}`;
  if (!channel) throw invalid(`${field}/channel`, `There is no channel "${contact.channel}": ${use}.`);
  if (!isFor(owner, channel))
    throw invalid(
      `${field}/channel`,
      `${contact.channel} writes to a team's group chat, not to a patient or carer: ${use}.`,
    );
  if (channel.setUp && !isSetUp(channel, channels)) {
    const { what, by } = channel.setUp;
    throw invalid(
      `${field}/channel`,
      `${what} is not set up here: whoever runs Pulseward sets ${by}. Until then ${use}.`,
    );
  }
  const problem = channel.refuseAddress(contact.address, plainHttpHosts);
  if (problem !== undefined) throw invalid(`${field}/address`, problem);
  return channel;
}

/** Of a new contact: one that keeps its secret was checked when it came. Throws Refusal `invalid` naming `field`. */
export function checkSecret({ secret }: ContactChannel, given: string | undefined, field: string): void {
  if (secret === 'given' && given === undefined)
    throw invalid(
      `${field}/secret`,
      'This channel needs the secret that the robot’s security settings show (加签, SEC…).',
    );
}

/** Which address a name leads to is judged again when something is sent: here it may not even resolve yet. */
function refuseWebhookUrl(address: string, plainHttpHosts: readonly string[]): string | undefined {
  if (!URL.canParse(address)) return 'A webhook needs a whole URL, e.g. https://example.org/hook.';
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return 'A webhook’s URL must not carry a user name or password.';
  if (mayBeAsked(url, plainHttpHosts)) return undefined;
  if (url.protocol !== 'http:') return 'A webhook’s URL starts with https://.';
  return 'A webhook’s URL starts with https://; http:// is only for hosts that PULSEWARD_WEBHOOK_ALLOW lists.';
}

function refuseWecomUrl(address: string, plainHttpHosts: readonly string[]): string | undefined {
  const example = 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…';
  return refuseRobotUrl(address, plainHttpHosts, { host: 'qyapi.weixin.qq.com', credential: 'key', example });
}

function refuseDingtalkUrl(address: string, plainHttpHosts: readonly string[]): string | undefined {
  const example = 'https://oapi.dingtalk.com/robot/send?access_token=…';
  return refuseRobotUrl(address, plainHttpHosts, { host: 'oapi.dingtalk.com', credential: 'access_token', example });
}

/** A vendor's own host, or one that the operator lists: an installation of the vendor's software within the house, or a relay to it. */
function refuseRobotUrl(
  address: string,
  plainHttpHosts: readonly string[],
  { host, credential, example }: { readonly host: string; readonly credential: string; readonly example: string },
): string | undefined {
  const problem = refuseWebhookUrl(address, plainHttpHosts);
  const url = problem === undefined ? new URL(address) : undefined;
  const isVendor = url?.hostname === host && url.protocol === 'https:';
  // Any name might lead into a listed range, which is too little to send a credential there.
  const isKnown = url && (isVendor || createAllowedHosts(plainHttpHosts).lists(url.hostname));
  if (isKnown && url.searchParams.get(credential)) return undefined;
  return `A robot needs the URL that it was made with: ${example}; another host has to be listed in PULSEWARD_WEBHOOK_ALLOW.`;
}

function refuseMailAddress(address: string): string | undefined {
  if (/^[^\s@<>,;:"()[\]\\\p{C}]+@[^\s@<>,;:"()[\]\\\p{C}]+$/u.test(address) && address.length <= 254) return undefined;
  return 'E-mail needs one address alone, e.g. nurse@clinic.example.';
}

function refusePhone(address: string): string | undefined {
  if (/^\+?[0-9]{5,15}$/.test(address)) return undefined;
  return 'SMS needs a number of digits alone, as your gateway expects it, e.g. 13800000000 or +8613800000000.';
}

function refuseSubscription(address: string, plainHttpHosts: readonly string[]): string | undefined {
  const subscription = parsePushSubscription(address);
  if (!subscription)
    return 'Web Push needs the JSON of a browser’s PushSubscription: endpoint, keys.p256dh and keys.auth.';
  return refuseWebhookUrl(subscription.endpoint, plainHttpHosts)?.replace(
    'A webhook’s URL',
    'A subscription’s endpoint',
  );
}
