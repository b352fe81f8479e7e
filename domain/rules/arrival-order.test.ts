// Whatever order readings come in, and however often: the same episodes, and the same alarm.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cgmTrace, fingersticks, nightly, slopes } from '../../tests/readings/arbitrary-readings.ts';
import { fedOneByOne } from '../../tests/readings/fed-one-by-one.ts';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import { MINUTE_MS, PROFILE, START_AT, seriesFrom, windowWith } from '../../tests/readings/patient-windows.ts';
import type { PersistedSignal } from './reconcile-signals.ts';
import type { Episode } from './rule.ts';
import { windowRuleById } from './rule-catalogue.ts';

const NOW_MIN = 5000;
const NOW = START_AT + NOW_MIN * MINUTE_MS;
const stretchesOf = ({ episodes }: { readonly episodes: readonly Pick<Episode, 'startAt' | 'endAt'>[] }) =>
  episodes.map(({ startAt, endAt }) => [startAt, endAt]);
/** Silence has no difference: a change from `unknown` to `clear` alone is not written. */
const toldBy = ({ verdict, severity }: PersistedSignal) => (verdict === 'firing' ? severity : 'silence');

const RULES_OF_ORDER = [
  ['CGM-01', cgmTrace()],
  ['CGM-02', cgmTrace()],
  ['CGM-05', cgmTrace({ maxSlots: 16, high: true })],
  ['CGM-03', slopes],
  ['CGM-04', cgmTrace({ maxSlots: 30 })],
  ['CGM-06', cgmTrace({ maxSlots: 16, high: true })],
  ['CGM-07', slopes],
  ['CGM-09', nightly],
  ['DATA-02', slopes],
  ['SMBG-01', fingersticks()],
  ['SMBG-02', fingersticks()],
  ['SMBG-03', fingersticks()],
] as const;

describe.each(RULES_OF_ORDER)('%s', (id, trace) => {
  const rule = windowRuleById(id)!;
  const windowOf = (samples: readonly Sample[]) => windowWith({ [rule.kinds[0]!]: [seriesFrom(samples)] });
  const shuffled = trace.chain((samples) =>
    fc.tuple(
      fc.constant(samples),
      fc.shuffledSubarray([...samples, ...samples.slice(0, 5)], {
        minLength: samples.length + Math.min(5, samples.length),
      }),
    ),
  );
  const fed = (arrivals: readonly Sample[]) =>
    fedOneByOne(arrivals, { rule, windowOf, keyOf: ({ min }) => min, nowMin: NOW_MIN });

  // What DATA-02 finds over is not listed, so how much of it is depends on when it was found.
  const episodesTest = rule.listsPast === false ? undefined : test;
  episodesTest?.('readings in any order, some of them twice, leave the episodes of the sorted stream', () => {
    let found = 0;
    fc.assert(
      fc.property(shuffled, ([samples, arrivals]) => {
        const sorted = rule.evaluate(windowOf(samples), PROFILE, NOW);
        found += sorted.episodes.length;
        expect(stretchesOf(fed(arrivals))).toEqual(stretchesOf(sorted));
      }),
    );
    expect(found).toBeGreaterThan(0);
  });

  // Of late ones an episode first seen already recovering is listed, one first seen before is told: fates only rise.
  test('and, of readings in time, what the sorted stream leaves firing', () => {
    const inTime = (samples: readonly Sample[]) => samples.map((sample) => ({ ...sample, receivedMin: sample.min }));
    let firing = 0;
    fc.assert(
      fc.property(shuffled, ([samples, arrivals]) => {
        const sorted = fed(inTime(samples));
        expect(toldBy(fed(inTime(arrivals)))).toEqual(toldBy(sorted));
        if (sorted.verdict === 'firing') firing++;
      }),
    );
    // A label given in one night is over by then; that there are some is asked above.
    if (id !== 'CGM-09') expect(firing).toBeGreaterThan(0);
  });
});
