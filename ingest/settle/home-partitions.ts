// The one partition through which all readings of a device come, if there is one: then its holder alone writes them, and what it
// remembers of the device is complete. A device shared by patients of several partitions has none, and is settled from the store.
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import type { DeviceEntry } from '../../storage/registry/device-entry.ts';

export interface HomePartitions {
  /** undefined where there is no such partition. */
  of(device: DeviceEntry): number | undefined;
}

export function createHomePartitions(partitions: number): HomePartitions {
  // An entry is replaced as a whole when a binding changes.
  const homes = new WeakMap<DeviceEntry, number | undefined>();
  return {
    of(device) {
      const known = homes.get(device);
      if (known !== undefined || homes.has(device)) return known;
      const [first, ...others] = new Set(
        device.bindings.map((binding) => partitionOfPatient(binding.patientKey, partitions)),
      );
      const home = others.length === 0 ? first : undefined;
      homes.set(device, home);
      return home;
    },
  };
}
