// Whether so many devices of a team fell silent together that it is one incident of the fleet and no matter of each patient. Pure.
import { type AlertingSettings, FLEET_AT_LEAST, FLEET_OUTAGE } from './alerting-settings.ts';

export interface Fleet {
  /** Devices expected to report: those that did within a day, before the incident where there is one. */
  readonly devices: number;
  /** Of those, silent since the window before now, or before the incident. */
  readonly silent: number;
  readonly isOutage: boolean;
}

export type FleetChange = 'begins' | 'ends';

/** It ends once the share is below half of what began it: one that goes up and down about the line is one outage. */
export function changeOfFleet(
  { devices, silent, isOutage }: Fleet,
  { percent }: NonNullable<AlertingSettings['fleetOutage']> = FLEET_OUTAGE,
): FleetChange | undefined {
  if (isOutage) return silent * 200 < percent * devices || silent === 0 ? 'ends' : undefined;
  return silent >= FLEET_AT_LEAST && silent * 100 >= percent * devices ? 'begins' : undefined;
}
