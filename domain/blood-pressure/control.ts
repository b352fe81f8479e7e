// Whether an office blood pressure is controlled by the public-health specification (clinical.md §5.3; 国家基本公共卫生服务规范 2017).
// Promise: both numbers must lie below their line. Tighter guideline targets are shown beside it and never used here.
import type { Pressure } from './mean-pressure.ts';

const OLDER_FROM_YEARS = 65;

/** The line below which both numbers must lie: 140/90, from 65 years on 150/90. */
export function controlTarget(ageYears: number): Pressure {
  return { systolicMmHg: ageYears >= OLDER_FROM_YEARS ? 150 : 140, diastolicMmHg: 90 };
}

/** @param ageYears full years on the local date of the measurement, see age.ts */
export function isControlled(pressure: Pressure, ageYears: number): boolean {
  const target = controlTarget(ageYears);
  return pressure.systolicMmHg < target.systolicMmHg && pressure.diastolicMmHg < target.diastolicMmHg;
}
