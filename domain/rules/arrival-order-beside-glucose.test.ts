// The same of blood pressures, of silence, and of what sensors, fingersticks and clocks tell of each other: whatever order they come in,
// and however often, the same episodes and the same alarm.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pressuresTaken, type TakenPressure } from '../../tests/readings/arbitrary-readings.ts';
import {
  besideFingersticks,
  clocks,
  silences,
  type Told,
  windowOfTold,
} from '../../tests/readings/arbitrary-telling.ts';
import { fedOneByOne } from '../../tests/readings/fed-one-by-one.ts';
import { MINUTE_MS, PROFILE, pressureReading, START_AT, windowWith } from '../../tests/readings/patient-windows.ts';
import type { PersistedSignal } from './reconcile-signals.ts';
import type { Episode, PatientProfile } from './rule.ts';
import { windowRuleById } from './rule-catalogue.ts';

type Stretches = readonly (readonly [number, number | undefined])[];
const stretchesOf = ({ episodes }: { readonly episodes: readonly Pick<Episode, 'startAt' | 'endAt'>[] }): Stretches =>
  episodes.map(({ startAt, endAt }) => [startAt, endAt]);
const toldBy = ({ verdict, severity }: PersistedSignal) =>
  verdict === 'firing' || verdict === 'pending' ? [verdict, severity] : 'silence';
const shuffledOf = <A>(sorted: fc.Arbitrary<A[]>) =>
  sorted.chain((arrivals) => {
    const twice = [...arrivals, ...arrivals.slice(0, 5)];
    return fc.tuple(fc.constant(arrivals), fc.shuffledSubarray(twice, { minLength: twice.length }));
  });

describe.each([
  ['BP-01', pressuresTaken(), PROFILE],
  [
    'BP-02',
    pressuresTaken(),
    { ...PROFILE, symptoms: [{ at: START_AT + 200 * MINUTE_MS, code: 'chest_pain' }] } satisfies PatientProfile,
  ],
  ['BP-05', pressuresTaken({ low: true }), { ...PROFILE, birthDate: '1950-01-01' }],
] as const)('%s', (id, taken, profile) => {
  const rule = windowRuleById(id)!;
  const NOW_MIN = 12 * 1500;
  const readingsOf = (stored: readonly TakenPressure[]) =>
    stored
      .map((one) => pressureReading(one.min, one.systolic, one.diastolic, one))
      .sort((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey);
  const windowOf = (stored: readonly TakenPressure[]) => windowWith({ bp: readingsOf(stored) });
  const fed = (arrivals: readonly TakenPressure[], nowMin = NOW_MIN) =>
    fedOneByOne(arrivals, { rule, windowOf, keyOf: ({ deviceKey, min }) => `${deviceKey} ${min}`, nowMin, profile });

  test('pressures in any order, some of them twice, leave the episodes of the sorted stream', () => {
    let found = 0;
    fc.assert(
      fc.property(shuffledOf(taken), ([sorted, arrivals]) => {
        const { episodes } = rule.evaluate(windowOf(sorted), profile, START_AT + NOW_MIN * MINUTE_MS);
        found += episodes.length;
        expect(stretchesOf(fed(arrivals))).toEqual(stretchesOf({ episodes }));
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(10);
  });

  test('and, of pressures in time, what the sorted stream leaves firing or pending', () => {
    const inTime = (some: readonly TakenPressure[]) => some.map((one) => ({ ...one, receivedMin: one.min }));
    let told = 0;
    fc.assert(
      fc.property(shuffledOf(taken), ([sorted, arrivals]) => {
        const nowMin = sorted.at(-1)!.min + 1;
        const persisted = fed(inTime(sorted), nowMin);
        const shuffled = fed(inTime(arrivals), nowMin);
        // Nobody is called to an emergency that is over when it becomes known; one that was told of stays open until somebody closes it.
        if (id !== 'BP-02') expect(toldBy(shuffled)).toEqual(toldBy(persisted));
        else if (toldBy(shuffled) !== 'silence') expect(toldBy(persisted)).not.toBe('silence');
        if (toldBy(persisted) !== 'silence') told++;
      }),
      { numRuns: 300 },
    );
    expect(told).toBeGreaterThan(10);
  });
});

describe.each([
  ['DATA-01', silences],
  ['DATA-03', besideFingersticks],
  ['DATA-04', clocks],
] as const)('%s', (id, arbitrary) => {
  const rule = windowRuleById(id)!;
  const fed = (arrivals: readonly Told[], nowMin: number) =>
    fedOneByOne(arrivals, { rule, windowOf: windowOfTold, keyOf: ({ of, min }) => `${of} ${min}`, nowMin });

  test('whatever the order, and however often: what stands at the end stands since the same instant, as bad', () => {
    let firing = 0;
    fc.assert(
      fc.property(shuffledOf(arbitrary), fc.integer({ min: 0, max: 2000 }), ([sorted, arrivals], sinceMin) => {
        const nowMin = sorted.at(-1)!.min + sinceMin;
        const { verdict, severity, episodes } = rule.evaluate(
          windowOfTold(sorted),
          PROFILE,
          START_AT + nowMin * MINUTE_MS,
        );
        const persisted = fed(arrivals, nowMin);
        expect(toldBy(persisted)).toEqual(verdict === 'firing' ? [verdict, severity] : 'silence');
        const open = (stretches: Stretches) => stretches.filter(([, endAt]) => endAt === undefined);
        expect(open(stretchesOf(persisted))).toEqual(open(stretchesOf({ episodes })));
        // What was over before anybody knew is not listed; nothing else is, either.
        for (const stretch of stretchesOf(persisted)) expect(stretchesOf({ episodes })).toContainEqual(stretch);
        if (verdict === 'firing') firing++;
      }),
      { numRuns: 300 },
    );
    expect(firing).toBeGreaterThan(10);
  });
});
