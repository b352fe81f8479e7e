// PULSEWARD_WEBHOOK_ALLOW as it is asked: which hosts may be reached although private, and by plain HTTP.
import ipaddr from 'ipaddr.js';

export interface AllowedHosts {
  /** Whether a host is listed by its name, or by the address that it is or resolves to. */
  includes(host: string, address: string): boolean;
  /** Whether a host is listed as it stands: its name, or, where it is an address, that. */
  lists(host: string): boolean;
  /** Whether a host that has not been resolved may turn out to be: a name may lead into whatever range is listed. */
  mayInclude(host: string): boolean;
}

/** @param listed host names, addresses and CIDRs that `checkAddressRange` has accepted */
export function createAllowedHosts(listed: readonly string[]): AllowedHosts {
  const names = new Set(listed.filter((entry) => !isRange(entry)).map(normaliseHost));
  const ranges = listed.filter(isRange).map(toRange);

  const isInRange = (address: string) => {
    const parsed = ipaddr.process(address);
    return ranges.some(([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits));
  };

  const lists = (given: string) => {
    const host = normaliseHost(given);
    return names.has(host) || (ipaddr.isValid(host) && isInRange(host));
  };

  return {
    includes: (host, address) => names.has(normaliseHost(host)) || isInRange(address),
    lists,
    mayInclude: (host) => lists(host) || (!ipaddr.isValid(normaliseHost(host)) && ranges.length > 0),
  };
}

/** What may be registered to be asked: over TLS, or in plain a host that is listed, or may turn out to be. */
export function mayBeAsked({ protocol, hostname }: URL, listed: readonly string[]): boolean {
  return protocol === 'https:' || (protocol === 'http:' && createAllowedHosts(listed).mayInclude(hostname));
}

/** As URL gives it: lower case; without the brackets of IPv6 and the root's dot. */
export function normaliseHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

const isRange = (entry: string) => entry.includes('/') || ipaddr.isValid(entry);

function toRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry);
  const address = ipaddr.process(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
