// What makes an address in the configuration usable: each check answers undefined, or what is allowed instead.
import ipaddr from 'ipaddr.js';

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;

/** `localhost` or an address of 127.0.0.0/8 or ::1; names are not looked up, because the answer may change. */
export function isLoopbackHost(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

/** All interfaces, e.g. `0.0.0.0` or `::`: an address to listen on, none to go to. */
export function isWildcardHost(host: string): boolean {
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'unspecified';
}

export function checkUrl(given: string, protocols: readonly string[]): string | undefined {
  const parsed = URL.canParse(given) ? new URL(given) : undefined;
  if (parsed && protocols.includes(parsed.protocol)) return undefined;
  return `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
}

export function checkRedisUrl(given: string, protocols: readonly string[]): string | undefined {
  const problem = checkUrl(given, protocols);
  if (problem) return problem;
  const { hostname, pathname } = new URL(given);
  if (hostname !== '' && /^\/?\d*$/.test(pathname)) return undefined;
  return 'a URL such as redis://host:6379 or rediss://user:password@host:6379/1, where 1 is the number of a database';
}

/** Its client finds the API by itself, and passes user names over: INFLUX_TOKEN signs in. */
export function checkInfluxUrl(given: string, protocols: readonly string[]): string | undefined {
  const problem = checkUrl(given, protocols);
  if (problem) return problem;
  const { username, search, hash, pathname } = new URL(given);
  if (`${username}${search}${hash}` === '' && !/\/api\/v2\/?$/.test(pathname)) return undefined;
  return 'a URL such as https://host:8086, without user, query and /api/v2';
}

/** A host name, an address or a CIDR. */
export function checkAddressRange(given: string): string | undefined {
  const valid = given.includes('/') ? ipaddr.isValidCIDR(given) : ipaddr.isValid(given) || HOST_NAME.test(given);
  return valid ? undefined : 'host names, addresses or CIDRs such as 10.0.0.0/8, separated by commas';
}
