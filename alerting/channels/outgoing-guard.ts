// Which addresses an outgoing request may reach (SSRF). Promise: the address that is judged is the address that is connected to,
// so a name that resolves differently a moment later (DNS rebinding) gains nothing.
import { type LookupAddress, lookup as resolveName } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { createAllowedHosts, normaliseHost } from '../../runtime/allowed-hosts.ts';

export interface OutgoingGuard {
  /** Undefined where the URL may be tried; else why not: `unusable_address`, `forbidden_scheme`, `forbidden_address`. */
  refuse(url: string): string | undefined;
  /** To be given to the socket: resolves to allowed addresses alone, or fails with `FORBIDDEN_ADDRESS`. */
  lookupFor(protocol: string): LookupFunction;
}

export const FORBIDDEN_ADDRESS = 'EFORBIDDENADDRESS';

export interface OutgoingGuardDeps {
  /** PULSEWARD_WEBHOOK_ALLOW: hosts, addresses and CIDRs that may be reached although private or loopback, and by plain HTTP. */
  readonly allow: readonly string[];
  readonly resolve?: ((hostname: string) => Promise<readonly LookupAddress[]>) | undefined;
}

export function createOutgoingGuard({ allow, resolve = resolveAll }: OutgoingGuardDeps): OutgoingGuard {
  const listed = createAllowedHosts(allow);
  const resolveOnce = onceAtATime(resolve);
  /** Plain HTTP shows the alert to everyone on the way: it is for listed hosts only. */
  const mayReach = (protocol: string, host: string, address: string) =>
    listed.includes(host, address) || (protocol === 'https:' && isPublic(ipaddr.process(address)));

  return {
    refuse(given) {
      const url = URL.canParse(given) ? new URL(given) : undefined;
      if (!url) return 'unusable_address';
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'forbidden_scheme';
      const host = normaliseHost(url.hostname);
      // The socket asks no resolver about a literal address.
      if (isIP(host)) return mayReach(url.protocol, host, host) ? undefined : 'forbidden_address';
      return undefined;
    },
    lookupFor: (protocol) => (hostname, options, callback) => {
      const host = normaliseHost(hostname);
      resolveOnce(hostname).then(
        (resolved) => {
          const allowed = resolved.filter(({ address }) => mayReach(protocol, host, address));
          const [first] = allowed;
          if (!first) callback(forbidden(), '', 0);
          else if (options.all) callback(null, allowed);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, '', 0),
      );
    },
  };
}

// ipaddr.js calls the IPv4-compatible ::127.0.0.1 unicast too; what the Internet routes lies in 2000::/3.
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST));
}

/**
 * One lookup of a name at a time, whose answer all who wait for it get: the system looks up few at once, in the order they came, and none
 * can be taken back. A name that nobody answers for would keep an emergency from learning its own.
 */
function onceAtATime<T>(resolve: (hostname: string) => Promise<T>): (hostname: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (hostname) => {
    const known = underWay.get(hostname);
    if (known) return known;
    const asked = resolve(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, asked);
    return asked;
  };
}

function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((done, fail) => {
    resolveName(hostname, { all: true }, (error, addresses) => (error ? fail(error) : done(addresses)));
  });
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name resolves to no address that may be reached'), { code: FORBIDDEN_ADDRESS });
}
