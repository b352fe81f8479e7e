// Readings for property tests: traces that cross the lines often, with gaps, codes, suspect and late readings. Used by tests only.
import fc from 'fast-check';
import type { BloodPressureReading } from '../../domain/reading.ts';
import { everyMin, pressureReading, type Sample } from './patient-windows.ts';

/** Values on both sides of every line of the catalogue, weighted towards runs. */
const LEVELS = ['LOW', 45, 53, 54, 62, 69, 70, 90, 120, 180, 181, 230, 250, 251, 300, 'HIGH'] as const;

/** Mostly above 250 mg/dL, for what needs most of two hours there. */
const HIGH_LEVELS = ['HIGH', 310, 301, 300, 300, 260, 251, 251, 250, 181, 180, 120] as const;

/** A trace at the cadence: runs of readings about one level, some slots empty, some gaps of up to two hours. */
export function cgmTrace({
  maxRuns = 14,
  maxSlots = 8,
  maxGapSlots = 24,
  cadenceMin = 5,
  high = false,
} = {}): fc.Arbitrary<Sample[]> {
  const run = fc.record({
    level: fc.constantFrom(...(high ? HIGH_LEVELS : LEVELS)),
    slots: fc.integer({ min: 1, max: maxSlots }),
    gapSlots: fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: maxGapSlots }) },
    ),
    delayMin: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.constantFrom(29, 31, 240) },
    ),
    suspect: fc.constantFrom(false, false, false, true),
  });
  return fc.array(run, { minLength: 1, maxLength: maxRuns }).map((runs) => {
    const samples: Sample[] = [];
    let slot = 0;
    for (const { level, slots, gapSlots, delayMin, suspect } of runs) {
      slot += gapSlots;
      for (let i = 0; i < slots; i++, slot++) {
        const min = slot * cadenceMin;
        samples.push({ min, value: level, receivedMin: min + delayMin, suspect });
      }
    }
    return samples;
  });
}

/** Falls, steps and rises of eight hours, by which slopes begin and end. */
export const slopes = fc
  .array(
    fc.record({
      value: fc.constantFrom(150, 135, 118, 100, 85, 72, 66, 60, 52),
      slots: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 2, maxLength: 20 },
  )
  .map((runs) =>
    everyMin(
      5,
      runs.flatMap(({ value, slots }) => Array<number>(slots).fill(value)),
    ),
  );

/** The same in the hours after local midnight. */
export const nightly = slopes.map((samples) => samples.map((sample) => ({ ...sample, min: sample.min - 480 })));

/** Fingersticks, minutes to a day apart. */
export function fingersticks({ maxWaitMin = 1500 } = {}): fc.Arbitrary<Sample[]> {
  const one = fc.record({
    level: fc.constantFrom(...LEVELS),
    waitMin: fc.constantFrom(...[1, 15, 90, 400, 720, 721, 1500].filter((wait) => wait <= maxWaitMin)),
    delayMin: fc.constantFrom(0, 31, 600),
  });
  return fc.array(one, { minLength: 1, maxLength: 10 }).map((items) => {
    let min = 0;
    return items.map(({ level, waitMin, delayMin }) => {
      min += waitMin;
      return { min, value: level, receivedMin: min + delayMin };
    });
  });
}

export interface TakenPressure {
  readonly min: number;
  readonly systolic: number;
  readonly diastolic: number;
  readonly deviceKey: number;
  readonly receivedMin: number;
}

/** On both sides of every line above; `low`: of every line below. */
const SYSTOLICS = {
  high: [118, 118, 130, 150, 159, 159, 160, 170, 179, 180, 180, 195, 219, 220],
  low: [84, 88, 89, 90, 90, 95, 99, 100, 100, 104, 118, 118, 130],
} as const;
const DIASTOLICS = {
  high: [80, 80, 80, 80, 85, 90, 99, 99, 100, 109, 110, 130],
  low: [54, 59, 60, 60, 61, 65, 70, 70, 70, 75],
} as const;

/** Blood pressures of one or two monitors, in and out of sessions, as they were taken; none twice in one minute on one monitor. */
export function pressuresTaken({ low = false } = {}): fc.Arbitrary<TakenPressure[]> {
  const side = low ? 'low' : 'high';
  const one = fc.record({
    systolic: fc.constantFrom(...SYSTOLICS[side]),
    diastolic: fc.constantFrom(...DIASTOLICS[side]),
    waitMin: fc.constantFrom(1, 4, 9, 11, 16, 100, 721),
    delayMin: fc.constantFrom(0, 0, 31, 600),
    deviceKey: fc.constantFrom(1, 1, 2),
  });
  return fc.array(one, { minLength: 1, maxLength: 12 }).map((items) => {
    let min = 0;
    return items.map(({ systolic, diastolic, waitMin, delayMin, deviceKey }) => {
      min += waitMin;
      return { min, systolic, diastolic: Math.min(diastolic, systolic - 1), deviceKey, receivedMin: min + delayMin };
    });
  });
}

/** The same as readings of a patient. */
export function pressures(side?: { low?: boolean }): fc.Arbitrary<BloodPressureReading[]> {
  return pressuresTaken(side).map((taken) =>
    taken.map((one) => pressureReading(one.min, one.systolic, one.diastolic, one)),
  );
}
