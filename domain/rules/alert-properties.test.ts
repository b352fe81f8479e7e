// What holds for the alert that several rules share: worse values never make it milder, and wavering never makes it many.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cgmTrace, fingersticks } from '../../tests/readings/arbitrary-readings.ts';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import { MINUTE_MS, PROFILE, START_AT, seriesFrom, windowWith } from '../../tests/readings/patient-windows.ts';
import type { GlucoseUnit } from '../reading.ts';
import type { PatientProfile } from './rule.ts';
import { SEVERITIES } from './rule.ts';
import { windowRuleById } from './rule-catalogue.ts';

const ON_INSULIN: PatientProfile = { ...PROFILE, treatments: [{ class: 'insulin', from: 0 }] };

/** −1: nothing fires. */
function severityOf(
  ids: readonly string[],
  samples: readonly Sample[],
  unit: GlucoseUnit,
  profile: PatientProfile,
): number {
  const kind = ids[0]!.startsWith('CGM') ? 'cgm' : 'smbg';
  const window = windowWith({ [kind]: [seriesFrom(samples, { unit })] });
  const now = START_AT + samples.at(-1)!.min * MINUTE_MS;
  const told = ids.flatMap((id) => windowRuleById(id)!.evaluate(window, profile, now).severity ?? []);
  return Math.max(-1, ...told.map((severity) => SEVERITIES.indexOf(severity)));
}

const inMmol = (samples: readonly Sample[]): Sample[] =>
  samples.map((sample) =>
    typeof sample.value === 'number' ? { ...sample, value: Math.round((sample.value / 18.01559) * 10) / 10 } : sample,
  );
const moved = (samples: readonly Sample[], by: Iterator<number>, sign: 1 | -1): Sample[] =>
  samples.map((sample) => {
    const step = sign * by.next().value!;
    if (typeof sample.value !== 'number') return sample;
    return { ...sample, value: Math.min(600, Math.max(40, sample.value + step)) };
  });
const steps = fc.infiniteStream(fc.constantFrom(0, 0, 1, 2, 20, 60));
const OLDER: PatientProfile = { ...PROFILE, birthDate: '1950-01-01' };
const profiles = fc.constantFrom(PROFILE, ON_INSULIN, OLDER);
const trusted = (trace: fc.Arbitrary<Sample[]>) =>
  trace.map((samples) => samples.map((sample) => ({ ...sample, suspect: false })));
const longLows = cgmTrace({ maxSlots: 30 });
const longHighs = trusted(cgmTrace({ maxSlots: 16, high: true }));

describe.each([
  ['CGM-01, CGM-02 and CGM-04', ['CGM-01', 'CGM-02', 'CGM-04'], longLows, -1],
  ['CGM-04', ['CGM-04'], longLows, -1],
  ['SMBG-01 and SMBG-02', ['SMBG-01', 'SMBG-02'], fingersticks(), -1],
  ['CGM-05 and CGM-06', ['CGM-05', 'CGM-06'], longHighs, 1],
  ['CGM-05', ['CGM-05'], longHighs, 1],
  ['CGM-06', ['CGM-06'], longHighs, 1],
  ['SMBG-03', ['SMBG-03'], fingersticks(), 1],
] as const)('%s', (_title, ids, trace, sign) => {
  test.each(['mg/dL', 'mmol/L'] as const)(
    'worse values at the same times, in %s, never make the alert milder',
    (unit) => {
      let told = 0;
      fc.assert(
        fc.property(trace, steps, profiles, (samples, by, profile) => {
          const worse = moved(samples, by, sign);
          const [before, after] = unit === 'mg/dL' ? [samples, worse] : [inMmol(samples), inMmol(worse)];
          const severity = severityOf(ids, before, unit, profile);
          if (severity >= 0) told++;
          expect(severityOf(ids, after, unit, profile)).toBeGreaterThanOrEqual(severity);
        }),
        { numRuns: 300 },
      );
      expect(told).toBeGreaterThan(5);
    },
  );
});

describe('two hours within 0.1 mmol/L of a line, from one side to the other and back', () => {
  const wavering = (line: number) =>
    fc
      .array(fc.constantFrom(-0.1, 0, 0.1), { minLength: 24, maxLength: 24 })
      .map((offsets) => offsets.map((offset) => Math.round((line + offset) * 10) / 10));
  const episodesOf = (id: string, values: readonly number[]) => {
    const rule = windowRuleById(id)!;
    const series = seriesFrom(
      values.map((value, slot) => ({ min: slot * 5, value })),
      { unit: 'mmol/L' },
    );
    return rule.evaluate(windowWith({ [rule.kinds[0]!]: [series] }), PROFILE, START_AT + 9e7).episodes;
  };

  test.each([
    ['CGM-01', 3.0, [2.8, 2.8]],
    ['CGM-03', 3.9, [7.8, 7.0, 6.2, 5.4, 4.6]],
    ['CGM-04', 3.9, Array<number>(25).fill(3.5)],
    ['CGM-05', 13.9, Array<number>(18).fill(15)],
    ['CGM-06', 16.7, Array<number>(6).fill(17)],
    ['CGM-07', 7.0, [11.0, 10.0, 9.0, 7.9, 6.8]],
    ['SMBG-01', 3.0, [2.8]],
    ['SMBG-02', 3.0, [3.5]],
    ['SMBG-03', 16.7, [17]],
  ] as const)('is at most one episode of %s about %f, and exactly one where the condition was met', (id, line, met) => {
    const isRecovering = id === 'CGM-04';
    fc.assert(
      fc.property(wavering(line), (values) => {
        if (!isRecovering) expect(episodesOf(id, values).length).toBeLessThanOrEqual(1);
        expect(episodesOf(id, [...met, ...values])).toHaveLength(1);
      }),
    );
  });

  // What §7 gives these two as their end is the line they begin at, without hysteresis: a change that lasts is another low.
  test('CGM-02 about 3.9 is one for each stretch of 15 min below it that 15 min at or above it part from the last', () => {
    fc.assert(
      fc.property(wavering(3.9), (values) => {
        let low = 0;
        let normal = 0;
        let isOpen = false;
        let expected = 0;
        for (const value of values) {
          low = value < 3.9 ? low + 1 : 0;
          normal = value < 3.9 ? 0 : normal + 1;
          if (!isOpen && low === 3) expected++;
          isOpen = (isOpen || low === 3) && normal < 3;
        }
        expect(episodesOf('CGM-02', values)).toHaveLength(expected);
      }),
    );
  });

  test('SMBG-02 about 3.9 is one for each fingerstick at or below it that follows one above', () => {
    fc.assert(
      fc.property(wavering(3.9), (values) => {
        const begins = values.filter((value, i) => value <= 3.9 && !(i > 0 && values[i - 1]! <= 3.9));
        expect(episodesOf('SMBG-02', values)).toHaveLength(begins.length);
      }),
    );
  });
});
