// Packet identifiers of QoS 2 messages that are in the journal and whose exchange has not ended: sent again, they are not appended again.
// A session that is resumed finds its own again, as long as this process lives; after that the identity of a reading tells.
import type { DeviceConnection } from './device-connection.ts';

const MAX_RESUMABLE_SESSIONS = 10_000;

export interface UnreleasedPackets {
  /** At the beginning of a session that may be a resumed one. */
  resume(connection: DeviceConnection): void;
  has(connection: DeviceConnection, packetId: number): boolean;
  add(connection: DeviceConnection, packetId: number): void;
  release(connection: DeviceConnection, packetId: number): void;
}

export function createUnreleasedPackets(): UnreleasedPackets {
  const current = new WeakMap<DeviceConnection, Set<number>>();
  const resumable = new Map<string, Set<number>>();

  return {
    resume(connection) {
      const { clean, sessionId } = connection;
      const packetIds = resumable.get(sessionId);
      if (clean) resumable.delete(sessionId);
      else if (packetIds) current.set(connection, packetIds);
    },
    has: (connection, packetId) => current.get(connection)?.has(packetId) ?? false,
    add(connection, packetId) {
      const packetIds = current.get(connection) ?? new Set();
      packetIds.add(packetId);
      current.set(connection, packetIds);
      if (connection.clean) return;
      for (const oldest of resumable.keys()) {
        if (resumable.size < MAX_RESUMABLE_SESSIONS) break;
        resumable.delete(oldest);
      }
      resumable.set(connection.sessionId, packetIds);
    },
    release(connection, packetId) {
      const packetIds = current.get(connection);
      if (packetIds?.delete(packetId) && packetIds.size === 0) resumable.delete(connection.sessionId);
    },
  };
}
