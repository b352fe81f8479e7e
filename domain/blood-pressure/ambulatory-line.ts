// From where ambulatory blood pressure (ABPM) is elevated (clinical.md §5.4; 中国高血压防治指南 2024). Never for home or office means.
import type { Pressure } from './mean-pressure.ts';

export const AMBULATORY_SPANS = ['day_and_night', 'day', 'night'] as const;
/** The mean over 24 h, over the waking hours, over the night. */
export type AmbulatorySpan = (typeof AMBULATORY_SPANS)[number];

/** mmHg, both included. */
const ELEVATED_FROM: Readonly<Record<AmbulatorySpan, Pressure>> = {
  day_and_night: { systolicMmHg: 130, diastolicMmHg: 80 },
  day: { systolicMmHg: 135, diastolicMmHg: 85 },
  night: { systolicMmHg: 120, diastolicMmHg: 70 },
};

/** At or above either number. */
export function ambulatoryElevated({ systolicMmHg, diastolicMmHg }: Pressure, span: AmbulatorySpan): boolean {
  const from = ELEVATED_FROM[span];
  return systolicMmHg >= from.systolicMmHg || diastolicMmHg >= from.diastolicMmHg;
}
