import { expect, test } from 'vitest';
import { createAllowedHosts } from './allowed-hosts.ts';

const allowed = createAllowedHosts(['Intranet.example.', '10.0.0.0/8', '192.168.1.5', 'fd00::/8']);

test.each([
  ['intranet.example', '203.0.113.1', true],
  ['INTRANET.EXAMPLE.', '203.0.113.1', true],
  ['elsewhere.example', '10.1.2.3', true],
  ['elsewhere.example', '::ffff:10.1.2.3', true],
  ['elsewhere.example', '192.168.1.5', true],
  ['elsewhere.example', '192.168.1.6', false],
  ['[fd00::1]', 'fd00::1', true],
  ['elsewhere.example', 'fe00::1', false],
  ['evil-intranet.example', '203.0.113.1', false],
])('%s at %s is listed: %s', (host, address, isListed) => {
  expect(allowed.includes(host, address)).toBe(isListed);
});

test('a name that is not resolved yet may lead into any listed range, an address only into its own', () => {
  expect(allowed.mayInclude('anything.example')).toBe(true);
  expect(allowed.mayInclude('10.255.0.1')).toBe(true);
  expect(allowed.mayInclude('[fd12::1]')).toBe(true);
  expect(allowed.mayInclude('11.0.0.1')).toBe(false);
  expect(createAllowedHosts(['intranet.example']).mayInclude('anything.example')).toBe(false);
  expect(createAllowedHosts([]).mayInclude('10.0.0.1')).toBe(false);
});
