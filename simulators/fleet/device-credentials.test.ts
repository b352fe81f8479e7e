import { expect, test } from 'vitest';
import { parseCredentials } from './device-credentials.ts';

const device = { deviceId: 'd1', kind: 'cgm', person: 3, username: 'gateway', password: 'secret' };

test('a credentials file is read; without a person each device has its own body', () => {
  const { person: _, ...without } = device;
  expect(parseCredentials(JSON.stringify({ devices: [device, without] }), 'f.json')).toEqual([
    device,
    { ...device, person: 1 },
  ]);
});

test.each([
  { content: 'deviceId,kind', says: 'f.json is not JSON' },
  { content: '{"devices":[]}', says: 'f.json lists no devices; expected {"devices":' },
  {
    content: JSON.stringify({ devices: [device, { ...device, kind: 'scale' }] }),
    says: 'devices[1].kind: must be cgm, glucometer, bp_monitor',
  },
  { content: JSON.stringify({ devices: [{ ...device, password: '' }] }), says: 'devices[0].password: must be a text' },
  {
    content: JSON.stringify({ devices: [{ ...device, person: 'Ann' }] }),
    says: 'devices[0].person: must be a whole number',
  },
])('a broken credentials file is refused by entry and field, without its secrets: $says', ({ content, says }) => {
  expect(() => parseCredentials(content, 'f.json')).toThrow(says);
  expect(() => parseCredentials(content, 'f.json')).not.toThrow('secret');
});
