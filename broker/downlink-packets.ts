// PUBLISH packets that the broker sends to devices itself: Aedes tells nobody which of its messages was acknowledged on a clean session.
// Aedes in turn publishes nothing to devices, so that packet identifiers are ours alone on their connections.
import { generate } from 'mqtt-packet';
import type { DeviceConnection } from './device-connection.ts';

/** A peer that acknowledges none of them gets no more of QoS 1 on this connection. */
const MAX_UNACKNOWLEDGED = 100;

export interface DownlinkPackets {
  /** `onDelivered` runs at the PUBACK, with QoS 0 at once. Answers false where nothing was sent. */
  send(
    connection: DeviceConnection,
    message: { readonly topic: string; readonly payload: string; readonly qos: number },
    onDelivered?: () => void,
  ): boolean;
  /** Whether the packet identifier was one of ours. */
  acknowledged(connection: DeviceConnection, packetId: number): boolean;
}

interface Outgoing {
  lastPacketId: number;
  readonly unacknowledged: Map<number, (() => void) | undefined>;
}

export function createDownlinkPackets(): DownlinkPackets {
  const outgoing = new WeakMap<DeviceConnection, Outgoing>();

  return {
    send(connection, { topic, payload, qos }, onDelivered) {
      if (!connection.ready || connection.destroyed) return false;
      const packet = { cmd: 'publish', topic, payload, dup: false, retain: false } as const;
      if (qos === 0) {
        connection.send(generate({ ...packet, qos: 0 }));
        onDelivered?.();
        return true;
      }
      const state = outgoing.get(connection) ?? { lastPacketId: 0, unacknowledged: new Map() };
      if (state.unacknowledged.size >= MAX_UNACKNOWLEDGED) return false;
      outgoing.set(connection, state);
      do state.lastPacketId = (state.lastPacketId % 65_535) + 1;
      while (state.unacknowledged.has(state.lastPacketId));
      state.unacknowledged.set(state.lastPacketId, onDelivered);
      connection.send(generate({ ...packet, qos: 1, messageId: state.lastPacketId }));
      return true;
    },
    acknowledged(connection, packetId) {
      const unacknowledged = outgoing.get(connection)?.unacknowledged;
      if (!unacknowledged?.has(packetId)) return false;
      const onDelivered = unacknowledged.get(packetId);
      unacknowledged.delete(packetId);
      onDelivered?.();
      return true;
    },
  };
}
