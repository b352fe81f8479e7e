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
  const byConnection = new Map<DeviceConnection, readonly DownlinkListener[]>();

  function drop({ connection, deviceKey, kind }: DownlinkListener): void {
    const others = (byDevice[kind].get(deviceKey) ?? []).filter((each) => each.connection !== connection);
    if (others.length > 0) byDevice[kind].set(deviceKey, others);
    else byDevice[kind].delete(deviceKey);
  }

  function remove(connection: DeviceConnection, deviceId: string, kind: DownlinkKind): void {
    const all = byConnection.get(connection) ?? [];
    const [matching, others] = [
      all.filter((each) => each.deviceId === deviceId && each.kind === kind),
      all.filter((each) => each.deviceId !== deviceId || each.kind !== kind),
    ];
    for (const each of matching) drop(each);
    if (others.length > 0) byConnection.set(connection, others);
    else byConnection.delete(connection);
  }

  return {
    add(listener) {
      const { connection, deviceId, deviceKey, kind } = listener;
      remove(connection, deviceId, kind);
      byConnection.set(connection, [...(byConnection.get(connection) ?? []), listener]);
      byDevice[kind].set(deviceKey, [...(byDevice[kind].get(deviceKey) ?? []), listener]);
    },
    remove,
    forget(connection) {
      for (const listener of byConnection.get(connection) ?? []) drop(listener);
      byConnection.delete(connection);
    },
    of: (kind, deviceKey) => byDevice[kind].get(deviceKey) ?? [],
    devicesWith: (kind) => [...byDevice[kind].keys()],
    ofConnection: (connection) => byConnection.get(connection) ?? [],
  };
}
