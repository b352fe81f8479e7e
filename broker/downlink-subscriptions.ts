// Which connections listen to the downlinks of which devices.
import type { DeviceConnection } from './device-connection.ts';
import type { DownlinkKind } from './topic-rights.ts';

export interface DownlinkListener {
  readonly connection: DeviceConnection;
  readonly deviceKey: number;
  readonly deviceId: string;
  readonly kind: DownlinkKind;
  readonly qos: number;
}

export interface DownlinkSubscriptions {
  /** Replaces an earlier one of the same connection to the same topic. */
  add(listener: DownlinkListener): void;
  remove(connection: DeviceConnection, deviceId: string, kind: DownlinkKind): void;
  forget(connection: DeviceConnection): void;
  of(kind: DownlinkKind, deviceKey: number): readonly DownlinkListener[];
  devicesWith(kind: DownlinkKind): number[];
  ofConnection(connection: DeviceConnection): readonly DownlinkListener[];
}

export function createDownlinkSubscriptions(): DownlinkSubscriptions {
  const byDevice: Readonly<Record<DownlinkKind, Map<number, readonly DownlinkListener[]>>> = {
    rejections: new Map(),
    requests: new Map(),
  };
  /** A gateway may have thousands. */
  const byConnection = new Map<DeviceConnection, Map<string, DownlinkListener>>();

  function drop({ connection, deviceKey, kind }: DownlinkListener): void {
    const others = (byDevice[kind].get(deviceKey) ?? []).filter((each) => each.connection !== connection);
    if (others.length > 0) byDevice[kind].set(deviceKey, others);
    else byDevice[kind].delete(deviceKey);
  }

  function remove(connection: DeviceConnection, deviceId: string, kind: DownlinkKind): void {
    const own = byConnection.get(connection);
    const listener = own?.get(nameOf(deviceId, kind));
    if (!own || !listener) return;
    drop(listener);
    own.delete(nameOf(deviceId, kind));
    if (own.size === 0) byConnection.delete(connection);
  }

  return {
    add(listener) {
      const { connection, deviceId, deviceKey, kind } = listener;
      remove(connection, deviceId, kind);
      const own = byConnection.get(connection) ?? new Map<string, DownlinkListener>();
      byConnection.set(connection, own.set(nameOf(deviceId, kind), listener));
      byDevice[kind].set(deviceKey, [...(byDevice[kind].get(deviceKey) ?? []), listener]);
    },
    remove,
    forget(connection) {
      for (const listener of byConnection.get(connection)?.values() ?? []) drop(listener);
      byConnection.delete(connection);
    },
    of: (kind, deviceKey) => byDevice[kind].get(deviceKey) ?? [],
    devicesWith: (kind) => [...byDevice[kind].keys()],
    ofConnection: (connection) => [...(byConnection.get(connection)?.values() ?? [])],
  };
}

const nameOf = (deviceId: string, kind: DownlinkKind) => `${deviceId}/${kind}`;
