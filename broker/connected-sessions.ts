// The connections of this process, by what is looked for: all of them, a device's, the users'.
import type { DeviceConnection } from './device-connection.ts';

export interface ConnectedSessions {
  /** Signed in and ready. */
  add(connection: DeviceConnection): void;
  remove(connection: DeviceConnection): void;
  ofDevice(deviceKey: number): readonly DeviceConnection[];
  deviceKeys(): Iterable<number>;
  users(): Iterable<DeviceConnection>;
  readonly size: number;
}

export function createConnectedSessions(): ConnectedSessions {
  const devices = new Map<number, readonly DeviceConnection[]>();
  const users = new Set<DeviceConnection>();
  let size = 0;

  return {
    add(connection) {
      const { session } = connection;
      if (!session) return;
      size++;
      if (session.kind === 'user') users.add(connection);
      else {
        const { deviceKey } = session.device;
        devices.set(deviceKey, [...(devices.get(deviceKey) ?? []), connection]);
      }
    },
    remove(connection) {
      const { session } = connection;
      if (session?.kind === 'user') {
        if (users.delete(connection)) size--;
      } else if (session) {
        const { deviceKey } = session.device;
        const all = devices.get(deviceKey) ?? [];
        const others = all.filter((each) => each !== connection);
        size -= all.length - others.length;
        if (others.length > 0) devices.set(deviceKey, others);
        else devices.delete(deviceKey);
      }
    },
    ofDevice: (deviceKey) => devices.get(deviceKey) ?? [],
    deviceKeys: () => devices.keys(),
    users: () => users,
    get size() {
      return size;
    },
  };
}
