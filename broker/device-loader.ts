// Looks devices up for sign-ins and publishes. Promise: however many ask at once, one query is under way at a time.
import type { DeviceDirectory } from '../storage/registry/device-directory.ts';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';

export interface DeviceLoader {
  peek(deviceId: string): DeviceEntry | undefined;
  /** Undefined where there is no such device. Rejects with what pg throws. */
  load(deviceId: string): Promise<DeviceEntry | undefined>;
}

export function createDeviceLoader(devices: Pick<DeviceDirectory, 'peek' | 'load'>): DeviceLoader {
  let wanted = new Set<string>();
  let next: Promise<Map<string, DeviceEntry>> | undefined;
  let underWay: Promise<unknown> = Promise.resolve();

  async function loadWanted(before: Promise<unknown>): Promise<Map<string, DeviceEntry>> {
    await before;
    // Everybody who asks in this turn of the event loop is in the same query.
    await new Promise((resolve) => setImmediate(resolve));
    const deviceIds = [...wanted];
    wanted = new Set();
    next = undefined;
    const loading = devices.load(deviceIds);
    // Whoever waits for it gets its failure; the next one only has to know when it is over.
    underWay = loading.catch(() => {});
    return loading;
  }

  return {
    peek: devices.peek,
    async load(deviceId) {
      const held = devices.peek(deviceId);
      if (held) return held;
      wanted.add(deviceId);
      next ??= loadWanted(underWay);
      return (await next).get(deviceId);
    },
  };
}
