// Grades of office blood pressure (clinical.md §5.3; 中国高血压防治指南 2018/2024). Never for home means: home.ts has their line.
import type { Pressure } from './mean-pressure.ts';

/** In ascending order. */
export const OFFICE_GRADES = ['normal', 'highNormal', 'grade1', 'grade2', 'grade3'] as const;
export type OfficeGrade = (typeof OFFICE_GRADES)[number];

/** mmHg from which each grade holds, in the order of `OFFICE_GRADES` after `normal`. */
const SYSTOLIC_FROM = [120, 140, 160, 180];
const DIASTOLIC_FROM = [80, 90, 100, 110];
const HYPERTENSION = { systolicMmHg: 140, diastolicMmHg: 90 };

/** The higher grade of the two numbers. Whole mmHg, as shown. */
export function officeGrade({ systolicMmHg, diastolicMmHg }: Pressure): OfficeGrade {
  const reached = (mmHg: number, from: readonly number[]) => from.filter((line) => mmHg >= line).length;
  return OFFICE_GRADES[Math.max(reached(systolicMmHg, SYSTOLIC_FROM), reached(diastolicMmHg, DIASTOLIC_FROM))]!;
}

/** Hypertension of one number alone; undefined where both or neither reach 140/90. */
export function isolatedHypertension({ systolicMmHg, diastolicMmHg }: Pressure): 'systolic' | 'diastolic' | undefined {
  const systolic = systolicMmHg >= HYPERTENSION.systolicMmHg;
  const diastolic = diastolicMmHg >= HYPERTENSION.diastolicMmHg;
  if (systolic === diastolic) return undefined;
  return systolic ? 'systolic' : 'diastolic';
}
