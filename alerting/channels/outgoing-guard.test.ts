import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { createOutgoingGuard, FORBIDDEN_ADDRESS } from './outgoing-guard.ts';

const asAddresses = (addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** What the socket would get to connect to, or the code it fails with. */
function lookUp(protocol: string, host: string, resolved: readonly string[], allow: readonly string[] = []) {
  const guard = createOutgoingGuard({ allow, resolve: async () => asAddresses(resolved) });
  return new Promise((done) => {
    guard.lookupFor(protocol)(host, { all: true }, (error, found) => {
      done(error ? error.code : Array.isArray(found) && found.map(({ address }) => address));
    });
  });
}

const INTERNAL = [
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '10.0.0.8',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.8',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '::7f00:1',
];

describe('addresses inside are not reached by an outgoing request', () => {
  test.each(INTERNAL)('a name that resolves to %s is refused', async (address) => {
    expect(await lookUp('https:', 'hook.example', [address])).toBe(FORBIDDEN_ADDRESS);
  });

  test.each(INTERNAL)('a URL with the literal address %s is refused before any socket is opened', (address) => {
    const host = address.includes(':') ? `[${address}]` : address;
    expect(createOutgoingGuard({ allow: [] }).refuse(`https://${host}/hook`)).toBe('forbidden_address');
  });

  test.each([
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::ffff:7f00:1]/',
  ])('the disguise %s is seen through', (url) => {
    expect(createOutgoingGuard({ allow: [] }).refuse(url)).toBe('forbidden_address');
  });

  test('of a name that resolves to both, only what is outside is connected to', async () => {
    expect(await lookUp('https:', 'hook.example', ['10.0.0.8', '93.184.216.34', '::1'])).toEqual(['93.184.216.34']);
  });

  test('a name that turns inward between two requests is refused at the second', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const guard = createOutgoingGuard({ allow: [], resolve: async () => asAddresses(answers.shift() ?? []) });
    const connect = () =>
      new Promise((done) => {
        guard.lookupFor('https:')('rebind.example', {}, (error, address) => done(error?.code ?? address));
      });
    expect(await connect()).toBe('93.184.216.34');
    expect(await connect()).toBe(FORBIDDEN_ADDRESS);
  });

  test('a public address of IPv6 is reached', async () => {
    expect(await lookUp('https:', 'hook.example', ['2606:4700::1111'])).toEqual(['2606:4700::1111']);
  });

  test('a public address is reached over TLS and not by plain HTTP', async () => {
    expect(await lookUp('https:', 'hook.example', ['93.184.216.34'])).toEqual(['93.184.216.34']);
    expect(await lookUp('http:', 'hook.example', ['93.184.216.34'])).toBe(FORBIDDEN_ADDRESS);
    const guard = createOutgoingGuard({ allow: [] });
    expect(guard.refuse('https://93.184.216.34/')).toBeUndefined();
    expect(guard.refuse('http://93.184.216.34/')).toBe('forbidden_address');
  });

  test.each(['ftp://hook.example/', 'file:///etc/passwd', 'unix:/run/x', 'javascript:1'])(
    '%s is no scheme for it',
    (url) => {
      expect(createOutgoingGuard({ allow: ['hook.example'] }).refuse(url)).toBe('forbidden_scheme');
    },
  );

  test('what is no URL is refused', () => {
    expect(createOutgoingGuard({ allow: [] }).refuse('not a url')).toBe('unusable_address');
  });
});

describe('what PULSEWARD_WEBHOOK_ALLOW lists may be reached', () => {
  test.each([
    ['10.0.0.0/8', '10.1.2.3'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['fd00::/8', 'fd00::5'],
    ['10.0.0.0/8', '::ffff:10.1.2.3'],
  ])('%s admits a name that resolves to %s, also by plain HTTP', async (entry, address) => {
    expect(await lookUp('http:', 'gateway.internal', [address], [entry])).toEqual([address]);
  });

  test('a listed host is reached wherever it resolves to, in any spelling', async () => {
    expect(await lookUp('http:', 'Gateway.Internal.', ['192.168.3.4'], ['gateway.internal'])).toEqual(['192.168.3.4']);
  });

  test('another host at the same address is not', async () => {
    expect(await lookUp('http:', 'other.internal', ['192.168.3.4'], ['gateway.internal'])).toBe(FORBIDDEN_ADDRESS);
  });

  test('a neighbour of a listed address is not', async () => {
    expect(await lookUp('https:', 'hook.example', ['127.0.0.2'], ['127.0.0.1'])).toBe(FORBIDDEN_ADDRESS);
  });
});

test('a name that nobody answers for is asked for once, however many wait for it; answered, it is asked for anew', async () => {
  const asked: string[] = [];
  const answers = new Map<string, (addresses: readonly LookupAddress[]) => void>();
  const resolve = (hostname: string) => {
    asked.push(hostname);
    return new Promise<readonly LookupAddress[]>((done) => answers.set(hostname, done));
  };
  const guard = createOutgoingGuard({ allow: [], resolve });
  const connect = (hostname: string) =>
    new Promise((done) => {
      guard.lookupFor('https:')(hostname, {}, (error, address) => done(error?.code ?? address));
    });
  const waiting = Array.from({ length: 12 }, () => connect('dead.example'));
  const urgent = connect('hook.example');
  expect(asked).toEqual(['dead.example', 'hook.example']);
  answers.get('hook.example')?.(asAddresses(['93.184.216.34']));
  expect(await urgent).toBe('93.184.216.34');
  answers.get('dead.example')?.(asAddresses(['127.0.0.1']));
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([FORBIDDEN_ADDRESS]));
  const again = connect('dead.example');
  answers.get('dead.example')?.(asAddresses(['93.184.216.34']));
  expect(await again).toBe('93.184.216.34');
  expect(asked).toEqual(['dead.example', 'hook.example', 'dead.example']);
});
