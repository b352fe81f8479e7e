// SUBSCRIBE: devices to their own downlinks, users to the alerts of their teams, nobody to anything else.
import type { Subscription } from 'aedes';
import type { DeviceConnection } from './device-connection.ts';
import type { DeviceLoader } from './device-loader.ts';
import type { Downlink } from './downlink.ts';
import type { DownlinkSubscriptions } from './downlink-subscriptions.ts';
import type { RefusalAudit } from './refusal-audit.ts';
import { mayHear, mayHearTeam, parseDownlinkTopic } from './topic-rights.ts';

export interface Subscribing {
  /** Rejects with what pg throws. */
  authorise(connection: DeviceConnection, subscription: Subscription): Promise<boolean>;
  unsubscribed(connection: DeviceConnection, topics: readonly string[]): void;
  /** The session has begun: what it subscribed to before (Aedes restores it) may be sent from now on. */
  ready(connection: DeviceConnection): void;
}

export interface SubscribingDeps {
  readonly devices: DeviceLoader;
  readonly subscriptions: DownlinkSubscriptions;
  readonly downlink: Downlink;
  readonly audit: RefusalAudit;
}

export function createSubscribing({ devices, subscriptions, downlink, audit }: SubscribingDeps): Subscribing {
  async function listenTo(connection: DeviceConnection, { topic, qos }: Subscription): Promise<boolean> {
    const { session } = connection;
    const asked = parseDownlinkTopic(topic);
    if (session?.kind !== 'device' || !asked) return false;
    const { deviceId, kind } = asked;
    const device = deviceId === session.device.deviceId ? session.device : await devices.load(deviceId);
    if (!device || !mayHear(session, device)) return false;
    if (connection.destroyed) return true;
    const listener = { connection, deviceKey: device.deviceKey, deviceId, kind, qos };
    subscriptions.add(listener);
    // The answer to the SUBSCRIBE goes first.
    if (connection.ready) setImmediate(() => downlink.listens(listener));
    return true;
  }

  return {
    async authorise(connection, subscription) {
      const { session } = connection;
      if (!session) return false;
      const granted =
        session.kind === 'user' ? mayHearTeam(session, subscription.topic) : await listenTo(connection, subscription);
      if (!granted) audit.count(session, 'foreign_subscription', subscription.topic);
      return granted;
    },
    unsubscribed(connection, topics) {
      for (const topic of topics) {
        const downlinkTopic = parseDownlinkTopic(topic);
        if (downlinkTopic) subscriptions.remove(connection, downlinkTopic.deviceId, downlinkTopic.kind);
      }
    },
    ready(connection) {
      for (const listener of subscriptions.ofConnection(connection)) downlink.listens(listener);
    },
  };
}
