// Pulse pressure and mean arterial pressure (clinical.md §5.5). mmHg, unrounded.
import type { Pressure } from './mean-pressure.ts';

const WIDE_FROM_MM_HG = 60;

export function pulsePressureMmHg({ systolicMmHg, diastolicMmHg }: Pressure): number {
  return systolicMmHg - diastolicMmHg;
}

/** From 60 mmHg on; the line is unverified (clinical.md §8). */
export function isWidePulsePressure(pressure: Pressure): boolean {
  return pulsePressureMmHg(pressure) >= WIDE_FROM_MM_HG;
}

/** MAP = diastolic + pulse pressure / 3. */
export function meanArterialPressureMmHg(pressure: Pressure): number {
  return pressure.diastolicMmHg + pulsePressureMmHg(pressure) / 3;
}
