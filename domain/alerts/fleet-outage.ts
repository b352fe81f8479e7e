// Whether so many devices of a team fell silent together that it is one incident of the fleet and no matter of each patient. Pure.
import { type AlertingSettings, FLEET_AT_LEAST, FLEET_OUTAGE } from './alerting-settings.ts';

/** Operational. After so long it is no outage any more: who is still silent is told as ever, and another one can begin. */
export const OUTAGE_AT_MOST_MS = 24 * 3_600_000;

export interface Fleet {
  /** Devices expected to report: those that did within a day, before the incident where there is one. */
  readonly devices: number;
  /** Of those, silent since the window before now, or since the one about the beginning of the incident. */
  readonly silent: number;
  readonly isOutage: boolean;
  /** Of an outage, ms so far. */
  readonly lastedMs?: number | undefined;
}

export type FleetChange = 'begins' | 'ends';

/** It ends once the share is below half of what began it: one that goes up and down about the line is one outage. */
export function changeOfFleet(
  { devices, silent, isOutage, lastedMs = 0 }: Fleet,
  { percent }: NonNullable<AlertingSettings['fleetOutage']> = FLEET_OUTAGE,
): FleetChange | undefined {
  const isBack = silent * 200 < percent * devices || silent === 0;
  if (isOutage) return isBack || lastedMs >= OUTAGE_AT_MOST_MS ? 'ends' : undefined;
  return silent >= FLEET_AT_LEAST && silent * 100 >= percent * devices ? 'begins' : undefined;
}

/** Whether a firing reason is the silence of a device that is expected to report: what an outage of the fleet speaks for. */
export function isSilence({ ruleId, explanation }: { ruleId: string; explanation: { reason: string } }): boolean {
  return ruleId === 'DATA-01' && explanation.reason === 'cgm_silent';
}
