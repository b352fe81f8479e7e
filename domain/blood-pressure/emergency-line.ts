// The lines at which a blood pressure is dangerous by itself (clinical.md §5.3). They hold for office and home alike.
import type { Pressure } from './mean-pressure.ts';

/** From 180 or from 110 on, both included: public-health specification 2017. */
export const EMERGENCY_PRESSURE: Pressure = { systolicMmHg: 180, diastolicMmHg: 110 };

export function isEmergencyPressure({ systolicMmHg, diastolicMmHg }: Pressure): boolean {
  return systolicMmHg >= EMERGENCY_PRESSURE.systolicMmHg || diastolicMmHg >= EMERGENCY_PRESSURE.diastolicMmHg;
}

/** AHA/ACC 2025 (Hypertension 82:e212) "severe": above 180 or above 120, both excluded; an emergency only with organ damage. */
export function isSeverePressure({ systolicMmHg, diastolicMmHg }: Pressure): boolean {
  return systolicMmHg > 180 || diastolicMmHg > 120;
}

/** Low is below either; the line is unverified (clinical.md §8). */
export const LOW_PRESSURE_BELOW: Pressure = { systolicMmHg: 90, diastolicMmHg: 60 };

export function isLowPressure({ systolicMmHg, diastolicMmHg }: Pressure, below = LOW_PRESSURE_BELOW): boolean {
  return systolicMmHg < below.systolicMmHg || diastolicMmHg < below.diastolicMmHg;
}
