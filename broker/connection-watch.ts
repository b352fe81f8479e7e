// Looks after all connections, signed in or not: one timer for every keepalive, and pauses while too much waits for the journal.
import type { BrokerCounters } from './broker-counters.ts';
import { type DeviceConnection, PAUSE } from './device-connection.ts';

const LOOK_EVERY_MS = 1_000;
/** How long a peer may leave its answers unread. */
const MAX_BLOCKED_MS = 60_000;

export interface ConnectionWatch {
  add(connection: DeviceConnection): void;
  remove(connection: DeviceConnection): void;
  /** Reads nothing any more, or goes on. */
  hold(held: boolean): void;
  start(): void;
  stop(): void;
}

export function createConnectionWatch(counters: BrokerCounters): ConnectionWatch {
  const connections = new Set<DeviceConnection>();
  let held = false;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const connection of connections) {
      if (connection.blockedSince !== 0 && now - connection.blockedSince > MAX_BLOCKED_MS)
        connection.close('slow_reader');
      // While we don't read we can't know.
      else if (connection.keepaliveMs === 0 || connection.isHeld) connection.lastReceivedAt = now;
      else if (now - connection.lastReceivedAt > connection.keepaliveMs) connection.close('keepalive');
    }
    counters.sockets.set(connections.size);
  }

  return {
    add(connection) {
      if (connection.destroyed) return;
      connections.add(connection);
      if (held) connection.pauseFor(PAUSE.brokerLoad);
    },
    remove: (connection) => connections.delete(connection),
    hold(next) {
      held = next;
      for (const connection of connections) {
        if (held) connection.pauseFor(PAUSE.brokerLoad);
        else connection.resumeFor(PAUSE.brokerLoad);
      }
    },
    start() {
      timer = setInterval(look, LOOK_EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      for (const connection of connections) connection.close('stopping');
    },
  };
}
