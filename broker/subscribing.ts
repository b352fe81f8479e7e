// SUBSCRIBE: devices to their own downlinks, users to the alerts of their teams, nobody to anything else.
import type { Subscription } from 'aedes';
import type { DeviceConnection } from './device-connection.ts';
import type { DeviceLoader } from './device-loader.ts';
import type { Downlink } from './downlink.ts';
import type { DownlinkSubscriptions } from './downlink-subscriptions.ts';
import type { KeptSubscriptions } from './kept-subscriptions.ts';
import type { RefusalAudit } from './refusal-audit.ts';
import { mayHear, mayHearTeam, parseDownlinkTopic } from './topic-rights.ts';

export interface Subscribing {
  /** Rejects with what pg throws. */
  authorise(connection: DeviceConnection, subscription: Subscription): Promise<boolean>;
  /** A session begins: answers whether it goes on with what it subscribed to before. Rejects with what pg throws. */
  resume(connection: DeviceConnection): Promise<boolean>;
  unsubscribed(connection: DeviceConnection, topics: readonly string[]): void;
  /** The session has begun: what it subscribed to before may be sent from now on. */
  ready(connection: DeviceConnection): void;
}

export interface SubscribingDeps {
  readonly devices: DeviceLoader;
  readonly subscriptions: DownlinkSubscriptions;
  readonly kept: KeptSubscriptions;
  readonly downlink: Downlink;
  readonly audit: RefusalAudit;
}

export function createSubscribing(deps: SubscribingDeps): Subscribing {
  const { devices, subscriptions, kept, downlink, audit } = deps;

  async function listenTo(connection: DeviceConnection, topic: string, qos: number): Promise<boolean> {
    const { session } = connection;
    const asked = parseDownlinkTopic(topic);
    if (session?.kind !== 'device' || !asked) return false;
    const { deviceId, kind } = asked;
    const device = deviceId === session.device.deviceId ? session.device : await devices.load(deviceId);
    if (!device || !mayHear(session, device)) return false;
    if (connection.destroyed) return true;
    const listener = { connection, deviceKey: device.deviceKey, deviceId, kind, qos };
    subscriptions.add(listener);
    kept.add(connection, topic, qos);
    // The answer to the SUBSCRIBE goes first.
    if (connection.ready) setImmediate(() => downlink.listens(listener));
    return true;
  }

  return {
    async authorise(connection, { topic, qos }) {
      const { session } = connection;
      if (!session) return false;
      const granted = session.kind === 'user' ? mayHearTeam(session, topic) : await listenTo(connection, topic, qos);
      if (!granted) audit.count(session, 'foreign_subscription', topic);
      return granted;
    },
    async resume(connection) {
      const before = kept.begin(connection);
      await Promise.all(
        Array.from(before, async ([topic, qos]) => {
          if (!(await listenTo(connection, topic, qos))) kept.remove(connection, topic);
        }),
      );
      return before.size > 0;
    },
    unsubscribed(connection, topics) {
      for (const topic of topics) {
        kept.remove(connection, topic);
        const downlinkTopic = parseDownlinkTopic(topic);
        if (downlinkTopic) subscriptions.remove(connection, downlinkTopic.deviceId, downlinkTopic.kind);
      }
    },
    ready(connection) {
      for (const listener of subscriptions.ofConnection(connection)) downlink.listens(listener);
    },
  };
}
