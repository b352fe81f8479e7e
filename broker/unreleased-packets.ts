// Packet identifiers of QoS 2 messages that are in the journal and whose exchange has not ended: sent again, they are not appended again.
// A session that is resumed finds its own again, as long as this process lives; what is forgotten costs a duplicate, which the identity
// of its readings tells. Promise: identifiers alone are kept, never a message.
import type { DeviceConnection } from './device-connection.ts';

/** Of a session; the oldest are forgotten. */
const MAX_UNRELEASED = 256;
const MAX_RESUMABLE_SESSIONS = 10_000;

export interface UnreleasedPackets {
  /** At the beginning of a session. */
  begin(connection: DeviceConnection): void;
  /**
   * Whether a PUBLISH is one that the journal has. Only with DUP [MQTT-3.3.1-1]: a device that has lost its memory begins its identifiers
   * anew, and what it says under one of them must not be taken for what it said before.
   */
  isMetAgain(connection: DeviceConnection, packetId: number, isDup: boolean): boolean;
  /** It is in the journal. */
  add(connection: DeviceConnection, packetId: number): void;
  release(connection: DeviceConnection, packetId: number): void;
  /** The session goes on elsewhere. */
  forget(sessionId: string): void;
}

export function createUnreleasedPackets(): UnreleasedPackets {
  const ofConnections = new WeakMap<DeviceConnection, Set<number>>();
  /** By session; the oldest first. */
  const ofSessions = new Map<string, Set<number>>();

  const find = (connection: DeviceConnection): Set<number> | undefined =>
    connection.clean ? ofConnections.get(connection) : ofSessions.get(connection.sessionId);

  function create(connection: DeviceConnection): Set<number> {
    const packetIds = new Set<number>();
    if (connection.clean) ofConnections.set(connection, packetIds);
    else {
      for (const oldest of ofSessions.keys()) {
        if (ofSessions.size < MAX_RESUMABLE_SESSIONS) break;
        ofSessions.delete(oldest);
      }
      ofSessions.set(connection.sessionId, packetIds);
    }
    return packetIds;
  }

  function release(connection: DeviceConnection, packetId: number): void {
    const packetIds = find(connection);
    if (packetIds?.delete(packetId) && packetIds.size === 0 && !connection.clean)
      ofSessions.delete(connection.sessionId);
  }

  return {
    begin({ clean, sessionId }) {
      if (clean) ofSessions.delete(sessionId);
    },
    isMetAgain(connection, packetId, isDup) {
      if (isDup) return find(connection)?.has(packetId) ?? false;
      release(connection, packetId);
      return false;
    },
    add(connection, packetId) {
      const packetIds = find(connection) ?? create(connection);
      packetIds.add(packetId);
      for (const oldest of packetIds) {
        if (packetIds.size <= MAX_UNRELEASED) break;
        packetIds.delete(oldest);
      }
    },
    release,
    forget: (sessionId) => ofSessions.delete(sessionId),
  };
}
