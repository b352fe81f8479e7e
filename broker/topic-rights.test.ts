import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';
import type { DeviceSession, UserSession } from './session.ts';
import { deviceIdOf, judgePublish, mayHearTeam, parseDownlinkTopic, teamIdOf } from './topic-rights.ts';

const OWN = '019a2b3c-0000-7000-8000-000000000001';
const CHILD = '019a2b3c-0000-7000-8000-000000000002';
const TEAM = '019a2b3c-0000-7000-8000-000000000003';

const entry = (parts: Partial<DeviceEntry>): DeviceEntry => ({
  deviceKey: 1,
  deviceId: OWN,
  kind: 'cgm',
  credentialSha256s: [],
  retired: false,
  bindings: [],
  clockAheadMs: 0,
  clockBehindMs: 0,
  ...parts,
});
const session = (device: DeviceEntry): DeviceSession => ({ kind: 'device', device, secretSha256: Buffer.alloc(0) });
const gateway = session(entry({ kind: 'gateway' }));
const user: UserSession = {
  kind: 'user',
  userId: 'u',
  tokenId: 't',
  access: { userId: 'u', everywhere: new Set(), teams: new Map([[TEAM, new Set(['read'])]]), organisations: new Map() },
};
const knows = (device: DeviceEntry) => (deviceId: string) => (deviceId === device.deviceId ? device : undefined);
const knowsNobody = () => undefined;

test('the id in a topic is what stands between the second and the third slash, for whatever topic', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (rest) => {
      expect(deviceIdOf(`v1/devices/${rest}`)).toBe(rest.split('/')[0]);
      if (!rest.startsWith('v1/devices/')) expect(deviceIdOf(rest)).toBeUndefined();
    }),
  );
});

test('a device may publish below its own id alone', () => {
  const device = session(entry({}));
  expect(judgePublish(device, `v1/devices/${OWN}/readings`, knowsNobody)).toBe(device.device);
  for (const topic of [
    `v1/devices/${CHILD}/readings`,
    `v1/devices/${OWN}x/readings`,
    `v2/devices/${OWN}/readings`,
    'x',
  ])
    expect(judgePublish(device, topic, knowsNobody)).toBe('foreign');
});

test('a gateway may publish for its devices, not for retired ones and not for those of others', () => {
  const topic = `v1/devices/${CHILD}/readings`;
  const child = entry({ deviceKey: 2, deviceId: CHILD, gatewayKey: 1 });
  expect(judgePublish(gateway, topic, knows(child))).toBe(child);
  expect(judgePublish(gateway, topic, knows({ ...child, retired: true }))).toBe('not_bound');
  expect(judgePublish(gateway, topic, knows({ ...child, gatewayKey: 9 }))).toBe('not_bound');
  expect(judgePublish(gateway, topic, knowsNobody)).toBe('unknown');
});

test('a user publishes nothing', () => {
  expect(judgePublish(user, `v1/devices/${OWN}/readings`, knowsNobody)).toBe('foreign');
});

test('downlink topics are exact', () => {
  expect(parseDownlinkTopic(`v1/devices/${OWN}/requests`)).toEqual({ deviceId: OWN, kind: 'requests' });
  expect(parseDownlinkTopic(`v1/devices/${OWN}/rejections`)).toEqual({ deviceId: OWN, kind: 'rejections' });
  for (const topic of [`v1/devices/${OWN}/+`, `v1/devices/${OWN}/requests/x`, `v1/devices/${OWN}`, '#'])
    expect(parseDownlinkTopic(topic)).toBeUndefined();
});

test('a user hears the alerts of teams that it may read, with a wildcard for the alert but not for the team', () => {
  for (const filter of [`v1/teams/${TEAM}/alerts/+`, `v1/teams/${TEAM}/alerts/#`, `v1/teams/${TEAM}/alerts/${OWN}`]) {
    expect(teamIdOf(filter)).toBe(TEAM);
    expect(mayHearTeam(user, filter)).toBe(true);
  }
  for (const filter of ['v1/teams/+/alerts/+', `v1/teams/${TEAM}/#`, `v1/teams/${OWN}/alerts/+`, '#'])
    expect(mayHearTeam(user, filter)).toBe(false);
  expect(mayHearTeam(gateway, `v1/teams/${TEAM}/alerts/+`)).toBe(false);
});
