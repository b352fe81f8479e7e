// Whether this worker alone writes a device's readings: only then is complete what it remembers of them.
// A device's messages lie in the partition of whom it is bound to, or in its own while it is nobody's. When that changes, records of
// before may still be unread where another worker reads them, while the first ones after come through here.
import { partitionOfDevice, partitionOfPatient } from '../../storage/journal/partition-of.ts';
import type { DeviceEntry } from '../../storage/registry/device-entry.ts';
import type { DeviceStates } from '../attribute/device-states.ts';
import type { PartitionProgress } from './partition-progress.ts';

/** Brokers hear of a binding within seconds; this leaves room for one that is slow, and for clocks that differ. */
const BROKERS_KNOW_AFTER_MS = 60_000;

export interface SoleWriter {
  /** Where it is not certain: false. */
  isSole(device: DeviceEntry): boolean;
  /** Where devices wait for other workers to have read what lies before: finds out how far they are. Throws TemporaryFailure. */
  lookAround(): Promise<void>;
}

export interface SoleWriterDeps {
  readonly partitions: number;
  readonly isHeld: (partition: number) => boolean;
  readonly deviceStates: Pick<DeviceStates, 'drop'>;
  readonly progress: PartitionProgress;
  readonly now: () => number;
}

interface Routes {
  /** Every partition that may hold records of the device. */
  readonly all: readonly number[];
  /** The one that gets its messages from now on; undefined where that is going to change by itself. */
  readonly present: number | undefined;
  /** When this worker learned of them, epoch ms: what was changed was changed before. */
  readonly knownAt: number;
  /** Nothing of the device is left in the others. */
  othersAreRead: boolean;
}

export function createSoleWriter({ partitions, isHeld, deviceStates, progress, now }: SoleWriterDeps): SoleWriter {
  // An entry is replaced as a whole when a binding changes.
  const known = new WeakMap<DeviceEntry, Routes>();
  let someWait = false;

  function routesOf(device: DeviceEntry): Routes {
    const found = known.get(device);
    if (found !== undefined) return found;
    const routes = findRoutes(device, partitions, now());
    known.set(device, routes);
    return routes;
  }

  /** For every new reading: without a closure. */
  function holdsAll({ all }: Routes): boolean {
    for (let index = 0; index < all.length; index++) if (!isHeld(all[index]!)) return false;
    return true;
  }

  return {
    isSole(device) {
      const routes = routesOf(device);
      if (holdsAll(routes)) return true;
      const { present, knownAt } = routes;
      if (present === undefined || !isHeld(present)) return false;
      if (routes.othersAreRead) return true;
      const isRead = (partition: number) => progress.readUntil(partition) > knownAt + BROKERS_KNOW_AFTER_MS;
      if (routes.all.every((partition) => partition === present || isHeld(partition) || isRead(partition))) {
        routes.othersAreRead = true;
        // What is remembered of it is from before: the next batch asks what others have written.
        deviceStates.drop(device.deviceKey);
      } else someWait = true;
      return false;
    },
    async lookAround() {
      if (!someWait) return;
      someWait = false;
      await progress.look();
    },
  };
}

/** As brokers choose it: the newest binding that holds, whatever its slot. */
function findRoutes({ deviceKey, bindings }: DeviceEntry, partitions: number, now: number): Routes {
  const own = partitionOfDevice(deviceKey, partitions);
  const ofPatient = ({ patientKey }: { readonly patientKey: number }) => partitionOfPatient(patientKey, partitions);
  const isSettled = bindings.every(({ fromAt, toAt }) => fromAt <= now && (toAt === undefined || toAt <= now));
  const holding = bindings.findLast(({ toAt }) => toAt === undefined);
  return {
    all: [...new Set([own, ...bindings.map(ofPatient)])],
    present: isSettled ? (holding === undefined ? own : ofPatient(holding)) : undefined,
    knownAt: now,
    othersAreRead: false,
  };
}
