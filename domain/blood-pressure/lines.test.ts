import { describe, expect, it } from 'vitest';
import { isWidePulsePressure } from './derived-pressure.ts';
import { isEmergencyPressure, isLowPressure, isSeverePressure } from './emergency-line.ts';
import { isolatedHypertension, officeGrade } from './office-grade.ts';

const judged = <T>(
  judge: (pressure: { systolicMmHg: number; diastolicMmHg: number }) => T,
  ...pairs: [number, number][]
) => pairs.map(([systolicMmHg, diastolicMmHg]) => judge({ systolicMmHg, diastolicMmHg }));

describe('blood-pressure lines', () => {
  it('take 180 or 110 as an emergency, both included; above 180 or 120 as severe', () => {
    expect(judged(isEmergencyPressure, [180, 80], [120, 110], [179, 109])).toEqual([true, true, false]);
    expect(judged(isSeverePressure, [180, 120], [181, 80], [150, 121])).toEqual([false, true, true]);
  });

  it('take below 90 or below 60 as low', () => {
    expect(judged(isLowPressure, [90, 60], [89, 60], [90, 59])).toEqual([false, true, true]);
  });

  it('call hypertension isolated where one number alone reaches 140 or 90', () => {
    expect(judged(isolatedHypertension, [139, 90], [140, 89], [140, 90], [139, 89])).toEqual([
      'diastolic',
      'systolic',
      undefined,
      undefined,
    ]);
  });

  it('grade an office pressure by the worse of its two numbers', () => {
    expect(judged(officeGrade, [119, 110], [180, 79], [159, 99], [160, 80], [120, 100])).toEqual([
      'grade3',
      'grade3',
      'grade1',
      'grade2',
      'grade2',
    ]);
  });

  it('call a pulse pressure wide from 60 on', () => {
    expect(judged(isWidePulsePressure, [150, 90], [149, 90])).toEqual([true, false]);
  });
});
