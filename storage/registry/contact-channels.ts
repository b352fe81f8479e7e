// The channels by which a contact can be reached, as far as registering one needs to know. A new channel adds a line here.
import { createAllowedHosts } from '../../runtime/allowed-hosts.ts';
import { invalid } from './refusal.ts';

interface ContactChannel {
  /** Whether it signs with a secret, which is made where none is given. */
  readonly signs: boolean;
  /** undefined, or what is wrong with the address and what would be right. */
  readonly refuseAddress: (address: string, plainHttpHosts: readonly string[]) => string | undefined;
}

export const CONTACT_CHANNELS: Readonly<Record<string, ContactChannel>> = {
  in_app: { signs: false, refuseAddress: () => undefined },
  webhook: { signs: true, refuseAddress: refuseWebhookUrl },
};

/** Throws Refusal `invalid` naming `field`. `plainHttpHosts` is PULSEWARD_WEBHOOK_ALLOW. */
export function checkContact(
  contact: { readonly channel: string; readonly address: string },
  field: string,
  plainHttpHosts: readonly string[],
): ContactChannel {
  const channel = CONTACT_CHANNELS[contact.channel];
  if (!channel) {
    const known = Object.keys(CONTACT_CHANNELS).join(', ');
    throw invalid(`${field}/channel`, `There is no channel "${contact.channel}": use one of ${known}.`);
  }
  const problem = channel.refuseAddress(contact.address, plainHttpHosts);
  if (problem !== undefined) throw invalid(`${field}/address`, problem);
  return channel;
}

/** Which address a name leads to is judged again when something is sent: here it may not even resolve yet. */
function refuseWebhookUrl(address: string, plainHttpHosts: readonly string[]): string | undefined {
  if (!URL.canParse(address)) return 'A webhook needs a whole URL, e.g. https://example.org/hook.';
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return 'A webhook’s URL must not carry a user name or password.';
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return 'A webhook’s URL starts with https://.';
  if (createAllowedHosts(plainHttpHosts).mayInclude(hostname)) return undefined;
  return 'A webhook’s URL starts with https://; http:// is only for hosts that PULSEWARD_WEBHOOK_ALLOW lists.';
}
