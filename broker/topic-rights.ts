// Who may publish and subscribe to what (DESIGN §7), without a split or a pattern on the way of a reading.
import { mayInTeam } from '../storage/registry/access.ts';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';
import type { DeviceSession, Session } from './session.ts';

const PREFIX = 'v1/devices/';
const ID_START = PREFIX.length;
const ID_END = ID_START + 36;
const SLASH = 47;

/** What follows `v1/devices/`, up to the next slash or the end; undefined for any other topic. */
export function deviceIdOf(topic: string): string | undefined {
  if (!topic.startsWith(PREFIX)) return undefined;
  if (topic.charCodeAt(ID_END) === SLASH) return topic.slice(ID_START, ID_END);
  const end = topic.indexOf('/', ID_START);
  return end === -1 ? topic.slice(ID_START) : topic.slice(ID_START, end);
}

export const readingsTopic = (deviceId: string) => `${PREFIX}${deviceId}/readings`;
export const statusTopic = (deviceId: string) => `${PREFIX}${deviceId}/status`;
export const rejectionsTopic = (deviceId: string) => `${PREFIX}${deviceId}/rejections`;
export const requestsTopic = (deviceId: string) => `${PREFIX}${deviceId}/requests`;

/**
 * The device for which a message may count; `foreign` for a topic that isn't the session's; `not_bound` for a gateway's topic of a device
 * that isn't its own; `unknown` when that takes a look into the registry, after which `device` says what it found.
 */
export function judgePublish(
  session: Session,
  topic: string,
  peek: (deviceId: string) => DeviceEntry | undefined,
): DeviceEntry | 'foreign' | 'not_bound' | 'unknown' {
  if (session.kind !== 'device') return 'foreign';
  const deviceId = deviceIdOf(topic);
  if (deviceId === undefined) return 'foreign';
  const own = session.device;
  if (deviceId === own.deviceId) return own;
  if (own.kind !== 'gateway') return 'foreign';
  const named = peek(deviceId);
  if (!named) return 'unknown';
  return isBoundTo(own, named) ? named : 'not_bound';
}

export const isBoundTo = (gateway: DeviceEntry, device: DeviceEntry): boolean =>
  device.gatewayKey === gateway.deviceKey && !device.retired;

export const DOWNLINK_KINDS = ['rejections', 'requests'] as const;
export type DownlinkKind = (typeof DOWNLINK_KINDS)[number];

/** The device and kind of a downlink topic, which allows no wildcards. */
export function parseDownlinkTopic(topic: string): { deviceId: string; kind: DownlinkKind } | undefined {
  const deviceId = deviceIdOf(topic);
  if (deviceId === undefined) return undefined;
  if (topic === rejectionsTopic(deviceId)) return { deviceId, kind: 'rejections' };
  if (topic === requestsTopic(deviceId)) return { deviceId, kind: 'requests' };
  return undefined;
}

/** Whose downlinks a device session may ask for: its own, a gateway those of its devices. */
export const mayHear = ({ device }: DeviceSession, named: DeviceEntry): boolean =>
  named.deviceKey === device.deviceKey || (device.kind === 'gateway' && isBoundTo(device, named));

export const alertTopic = (teamId: string, alertId: string) => `v1/teams/${teamId}/alerts/${alertId}`;

/** The team of `v1/teams/{teamId}/alerts/{alertId}`, where a wildcard may stand for the alert but not for the team. */
export function teamIdOf(filter: string): string | undefined {
  return /^v1\/teams\/([0-9a-f-]{36})\/alerts\/(\+|#|[0-9a-f-]{36})$/.exec(filter)?.[1];
}

export function mayHearTeam(session: Session | undefined, filter: string): boolean {
  return session?.kind === 'user' && mayInTeam(session.access, 'read', teamIdOf(filter) ?? '');
}
