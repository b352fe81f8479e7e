// When a fingerstick speaks for the sensor (priorities.ts): from a concordant pair on whose fingerstick is not low, for 30 min.
// Promise: costs nothing where nobody pricked a finger; a function of event time alone.
import { bandIndexOf } from '../glucose-class.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import { cgmSmbgPairs } from '../smbg/cgm-smbg-pair.ts';
import { rowAt } from './merged-rows.ts';
import { FINGERSTICK_PRIORITY } from './priorities.ts';
import type { PatientWindow } from './rule.ts';

/** Of the bands of glucose-class.ts. */
const IN_RANGE = 2;

/** @returns whether what a rule of the sensor completes at an instant is put off */
export function fingerstickSilence({ cgm, smbg }: Pick<PatientWindow, 'cgm' | 'smbg'>): (at: number) => boolean {
  if (smbg.length === 0) return neverSilenced;
  let spokenAt: readonly number[] | undefined;
  return (at) => {
    spokenAt ??= concordantAt(cgm, smbg);
    return spokenAt.some((from) => at >= from && at < from + FINGERSTICK_PRIORITY.forMs);
  };
}

export function neverSilenced(_at: number): boolean {
  return false;
}

/** Instants at which both of a pair were known. */
function concordantAt(cgm: readonly GlucoseSeries[], smbg: readonly GlucoseSeries[]): number[] {
  return cgmSmbgPairs(cgm, smbg)
    .filter(({ discordant, smbgDeviceKey, smbgAt }) => {
      const sticks = smbg.find(({ deviceKey }) => deviceKey === smbgDeviceKey)!;
      const row = rowAt(sticks, smbgAt);
      return !discordant && bandIndexOf(sticks.value[row]!, sticks.meta[row]!) >= IN_RANGE;
    })
    .map(({ smbgAt, cgmAt }) => Math.max(smbgAt, cgmAt));
}
