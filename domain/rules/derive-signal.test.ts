import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cgmTrace, fingersticks, pressures } from '../../tests/readings/arbitrary-readings.ts';
import { fedOneByOne } from '../../tests/readings/fed-one-by-one.ts';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  everyMin,
  HOUR_MS,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { deriveSignal } from './derive-signal.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from './reconcile-signals.ts';
import type { Episode, PatientWindow, Rule } from './rule.ts';
import { windowRuleById } from './rule-catalogue.ts';

const TWO_DAYS_MIN = 2 * 24 * 60;

/** One worker that evaluates after each arrival and writes the difference. */
function createWorker(rule: Rule) {
  let persisted: PersistedSignal = NO_SIGNAL;
  let judgedUntil: number | undefined;
  let ids = 0;
  const newId = () => `episode-${String(++ids).padStart(4, '0')}`;
  return {
    see(window: PatientWindow, atMin: number) {
      const now = START_AT + atMin * MINUTE_MS;
      const { difference } = deriveSignal({ rule, window, profile: PROFILE, now, persisted, judgedUntil, newId });
      persisted = applyDifference(persisted, difference);
      judgedUntil = newestIn(window);
      return difference;
    },
    get signal() {
      return persisted;
    },
    stretches: () => persisted.episodes.map(({ startAt, endAt }) => [startAt, endAt]),
  };
}

const newestIn = ({ cgm, smbg, bp }: PatientWindow): number | undefined =>
  [...cgm, ...smbg]
    .flatMap(({ measuredAt, length }) => measuredAt[length - 1] ?? [])
    .concat(bp.at(-1)?.measuredAt ?? [])
    .sort((a, b) => b - a)[0];

const glucoseWindow = (rule: Rule, samples: readonly Sample[], fromMin = -24 * 60): PatientWindow => {
  const series = seriesFrom(samples.filter(({ min }) => min >= fromMin));
  const from = START_AT + fromMin * MINUTE_MS;
  return rule.kinds[0] === 'smbg' ? windowWith({ from, smbg: [series] }) : windowWith({ from, cgm: [series] });
};
const stretchesOf = (episodes: readonly Episode[]) => episodes.map(({ startAt, endAt }) => [startAt, endAt]);
const cgm01 = windowRuleById('CGM-01')!;
const smbg01 = windowRuleById('SMBG-01')!;

describe('what is written', () => {
  test('a quiet patient costs no row', () => {
    const worker = createWorker(cgm01);
    const difference = worker.see(glucoseWindow(cgm01, everyMin(5, [100, 101, 102])), 10);
    expect(difference).toMatchObject({ isChanged: false, version: 0, insert: [], update: [], withdraw: [] });
  });

  test('an episode opens once, stays itself while it goes on, and ends once', () => {
    const worker = createWorker(cgm01);
    const values = [80, 53, 52, 51, 50, 71, 72, 73, 90];
    const versions = values.map(
      (_, i) => worker.see(glucoseWindow(cgm01, everyMin(5, values.slice(0, i + 1))), i * 5).version,
    );
    // Each reading below the line is news of it (fresh-readings.test.ts); those above it are none.
    expect(versions).toEqual([0, 0, 1, 2, 3, 3, 3, 4, 4]);
    expect(worker.signal.episodes).toHaveLength(1);
    expect(worker.signal).toMatchObject({ verdict: 'clear', version: 4 });
    expect(worker.signal.episodes[0]).toMatchObject({ fate: 'live', severity: 'critical' });
  });

  test('an episode first seen when it is over is retrospective, although its readings came in time', () => {
    const worker = createWorker(cgm01);
    worker.see(glucoseWindow(cgm01, everyMin(5, [53, 52, 71, 72, 73])), 20);
    expect(worker.signal.episodes).toMatchObject([{ fate: 'retrospective', severity: 'critical' }]);
    expect(worker.signal.verdict).toBe('clear');
  });

  test('an episode whose readings are corrected away is withdrawn, and the verdict clears', () => {
    const worker = createWorker(cgm01);
    worker.see(glucoseWindow(cgm01, everyMin(5, [80, 53, 52])), 10);
    const { episodeId } = worker.signal;
    const difference = worker.see(glucoseWindow(cgm01, everyMin(5, [80, 83, 82])), 11);
    expect(difference).toMatchObject({ verdict: 'clear', version: 2, withdraw: [{ episodeId }] });
    expect(worker.signal.episodes).toEqual([]);
  });

  test('two episodes that late readings join become the older one', () => {
    const worker = createWorker(cgm01);
    // Two lows an hour apart, the second after a gap: another episode. Then the gap is filled with lows.
    const apart = everyMin(5, [53, 52, ...Array<undefined>(12).fill(undefined), 51, 50]);
    worker.see(glucoseWindow(cgm01, apart.slice(0, 2)), 5);
    worker.see(glucoseWindow(cgm01, apart), 80);
    const [older, younger] = worker.signal.episodes;
    expect(worker.signal).toMatchObject({ verdict: 'firing', episodeId: younger!.episodeId });

    const filled = everyMin(5, [53, 52, ...Array<number>(12).fill(55), 51, 50]);
    const difference = worker.see(glucoseWindow(cgm01, filled), 81);
    expect(difference.withdraw).toEqual([{ episodeId: younger!.episodeId, joinedTo: older!.episodeId }]);
    expect(worker.signal.episodes).toMatchObject([{ episodeId: older!.episodeId, fate: 'live' }]);
    expect(worker.signal).toMatchObject({ verdict: 'firing', episodeId: older!.episodeId });
  });

  test('late readings that split an open episode leave its identity to the part that goes on', () => {
    const worker = createWorker(cgm01);
    const samples = everyMin(5, [53, 52, undefined, undefined, undefined, 51, 50]);
    worker.see(glucoseWindow(cgm01, samples), 30);
    const { episodeId } = worker.signal;
    worker.see(glucoseWindow(cgm01, everyMin(5, [53, 52, 80, 81, 82, 51, 50])), 31);
    expect(worker.signal.episodeId).toBe(episodeId);
    expect(worker.signal.episodes).toMatchObject([{ fate: 'retrospective' }, { episodeId, fate: 'live' }]);
  });

  test('a recovery and a new low that arrive in one turn end the old episode and begin a new one, which has to page', () => {
    const worker = createWorker(smbg01);
    const low = { min: 0, value: 48 };
    worker.see(glucoseWindow(smbg01, [low]), 1);
    const { episodeId } = worker.signal;
    worker.see(glucoseWindow(smbg01, [low, { min: 10, value: 95 }, { min: 20, value: 50 }]), 21);
    expect(worker.signal.episodes).toMatchObject([{ episodeId, fate: 'live' }, { fate: 'live' }]);
    expect(worker.signal.episodes[0]?.endAt).toBe(START_AT + 10 * MINUTE_MS);
    expect(worker.signal.episodeId).not.toBe(episodeId);
  });

  test('a late low turns live with a fresh reading that is still low, and severity rises with it', () => {
    const worker = createWorker(cgm01);
    const late = [0, 5].map((min) => ({ min, value: 50, receivedMin: min + 60 }));
    worker.see(glucoseWindow(cgm01, late), 65);
    expect(worker.signal).toMatchObject({ verdict: 'firing', severity: 'warning', version: 1 });
    worker.see(glucoseWindow(cgm01, [...late, { min: 68, value: 52 }]), 68);
    expect(worker.signal).toMatchObject({ verdict: 'firing', severity: 'critical', version: 2 });
    expect(worker.signal.episodes).toMatchObject([{ fate: 'live' }]);
  });

  test('a late fingerstick that was told stays a warning after 12 hours; only a later fingerstick ends it', () => {
    const worker = createWorker(smbg01);
    const late = { min: 0, value: 45, receivedMin: 60 };
    worker.see(glucoseWindow(smbg01, [late]), 60);
    expect(worker.signal).toMatchObject({ verdict: 'firing', severity: 'warning' });
    worker.see(glucoseWindow(smbg01, [late]), 13 * 60);
    expect(worker.signal).toMatchObject({ verdict: 'firing', severity: 'warning', version: 1 });
    worker.see(glucoseWindow(smbg01, [late, { min: 14 * 60, value: 90 }]), 14 * 60);
    expect(worker.signal).toMatchObject({ verdict: 'clear', version: 2 });
  });
});

describe('what lies before the window', () => {
  test('an urgent low that nothing has ended stays open when its readings leave the window', () => {
    const worker = createWorker(cgm01);
    const lows = everyMin(5, [53, 52]);
    worker.see(glucoseWindow(cgm01, lows), 5);
    worker.see(glucoseWindow(cgm01, lows, 1), 5 + TWO_DAYS_MIN);
    worker.see(glucoseWindow(cgm01, [], 60), 60 + TWO_DAYS_MIN);
    expect(worker.signal).toMatchObject({ verdict: 'firing', severity: 'critical', version: 1 });
  });

  test('and ends with the first recovery in the window', () => {
    const worker = createWorker(cgm01);
    worker.see(glucoseWindow(cgm01, everyMin(5, [53, 52])), 5);
    const back = [80, 81, 82].map((value, i) => ({ min: 4000 + i * 5, value }));
    worker.see(glucoseWindow(cgm01, back, 4010 - TWO_DAYS_MIN), 4010);
    expect(worker.signal.verdict).toBe('clear');
    expect(worker.stretches()).toEqual([[START_AT, START_AT + 4000 * MINUTE_MS]]);
  });

  test('a fingerstick low days after one that was never followed up is another episode', () => {
    const worker = createWorker(smbg01);
    worker.see(glucoseWindow(smbg01, [{ min: 0, value: 45 }]), 0);
    const first = worker.signal.episodeId;
    worker.see(glucoseWindow(smbg01, [{ min: 5000, value: 45 }], 5000 - TWO_DAYS_MIN), 5000);
    expect(worker.signal.verdict).toBe('firing');
    expect(worker.signal.episodeId).not.toBe(first);
    expect(worker.signal.episodes).toHaveLength(2);
  });

  test('what was over doesn’t begin again because the window has lost the readings that ended it', () => {
    const rule = windowRuleById('CGM-05')!;
    const worker = createWorker(rule);
    const high = (slots: number) => Array<number>(slots).fill(260);
    const samples = everyMin(5, [...high(18), 120, 120, 120, ...high(60)]);
    for (const { min } of samples) {
      const seen = samples.filter((sample) => sample.min <= min);
      worker.see(glucoseWindow(rule, seen, min - 250), min);
    }
    expect(worker.stretches()).toEqual([
      [START_AT, START_AT + 90 * MINUTE_MS],
      [START_AT + 105 * MINUTE_MS, undefined],
    ]);
  });

  test('a past day that is looked at again changes episodes, never the verdict of now', () => {
    const worker = createWorker(cgm01);
    worker.see(
      glucoseWindow(
        cgm01,
        everyMin(5, [53, 52]).map((one) => ({ ...one, min: one.min + 5000 })),
        4000,
      ),
      5005,
    );
    const before = worker.signal;
    const past = everyMin(5, [50, 49, 80, 81, 82, 40, 41]);
    const window = { ...glucoseWindow(cgm01, past), to: START_AT + 24 * HOUR_MS };
    worker.see(window, 5006);
    expect(worker.signal.verdict).toBe('firing');
    expect(worker.signal.episodeId).toBe(before.episodeId);
    const [first, second, now] = worker.signal.episodes;
    expect(first).toMatchObject({ fate: 'retrospective', endAt: START_AT + 10 * MINUTE_MS });
    expect(second).toMatchObject({ fate: 'retrospective', endAt: window.to });
    expect(now).toEqual(before.episodes[0]);
    expect(worker.see(window, 5007)).toMatchObject({ isChanged: false, insert: [], update: [], withdraw: [] });
  });
});

const RULES_OF_GLUCOSE = [
  ['CGM-01', cgmTrace()],
  ['CGM-02', cgmTrace()],
  ['CGM-05', cgmTrace({ maxSlots: 16, high: true })],
  ['SMBG-01', fingersticks()],
  ['SMBG-03', fingersticks()],
] as const;

describe.each([...RULES_OF_GLUCOSE, ['DATA-01', cgmTrace()] as const])('%s', (id, trace) => {
  const rule = windowRuleById(id)!;

  test('applying the difference and reconciling again changes nothing', () => {
    fc.assert(
      fc.property(trace, trace, (first, second) => {
        const worker = createWorker(rule);
        worker.see(glucoseWindow(rule, first), 5000);
        const window = glucoseWindow(rule, second);
        worker.see(window, 5000);
        const before = worker.signal;
        const again = worker.see(window, 5000);
        expect(again).toMatchObject({ isChanged: false, insert: [], update: [], withdraw: [] });
        expect(worker.signal).toEqual(before);
      }),
    );
  });
});

// Without gaps that make another episode: one at the very edge of the window can't be seen from within it.
const WITHOUT_LONG_GAPS = [
  ['CGM-01', cgmTrace({ maxRuns: 20, maxGapSlots: 8 }), 240],
  ['CGM-02', cgmTrace({ maxRuns: 20, maxGapSlots: 8 }), 240],
  ['CGM-05', cgmTrace({ maxSlots: 16, maxGapSlots: 8, high: true }), 240],
  ['SMBG-01', fingersticks({ maxWaitMin: 720 }), TWO_DAYS_MIN],
  ['SMBG-03', fingersticks({ maxWaitMin: 720 }), TWO_DAYS_MIN],
] as const;

describe('a window that slides', () => {
  test.each(WITHOUT_LONG_GAPS)(
    '%s: leaves the episodes that the whole stream shows at once',
    (id, trace, lengthMin) => {
      const rule = windowRuleById(id)!;
      fc.assert(
        fc.property(trace, (samples) => {
          const worker = createWorker(rule);
          for (const { min } of samples) {
            const seen = samples.filter((sample) => sample.min <= min);
            worker.see(glucoseWindow(rule, seen, min - lengthMin), min);
          }
          const whole = rule.evaluate(
            glucoseWindow(rule, samples),
            PROFILE,
            START_AT + samples.at(-1)!.min * MINUTE_MS,
          );
          expect(worker.stretches()).toEqual(stretchesOf(whole.episodes));
        }),
      );
    },
  );
});

describe('DATA-01', () => {
  const rule = windowRuleById('DATA-01')!;
  const before = everyMin(5, [100, 101]);

  test('a silence that was told ends; one that was over before anybody looked isn’t listed', () => {
    const told = createWorker(rule);
    told.see(glucoseWindow(rule, before), 36);
    told.see(glucoseWindow(rule, [...before, { min: 60, value: 100 }]), 60);
    expect(told.stretches()).toEqual([[START_AT + 5 * MINUTE_MS, START_AT + 60 * MINUTE_MS]]);
    const untold = createWorker(rule);
    untold.see(glucoseWindow(rule, [...before, { min: 60, value: 100 }]), 60);
    expect(untold.signal).toMatchObject({ version: 0, episodes: [] });
  });

  test('each stage is news, a further hour of silence is not', () => {
    const worker = createWorker(rule);
    const versions = [36, 100, 370, 371, 1450].map((min) => worker.see(glucoseWindow(rule, before), min).version);
    expect(versions).toEqual([1, 1, 2, 2, 3]);
  });

  test('readings that come late and fill the silence take it back', () => {
    const worker = createWorker(rule);
    worker.see(glucoseWindow(rule, before), 36);
    worker.see(glucoseWindow(rule, everyMin(5, Array<number>(8).fill(100))), 37);
    expect(worker.signal).toMatchObject({ verdict: 'clear', version: 2, episodes: [] });
  });
});

describe('BP-01', () => {
  const rule = windowRuleById('BP-01')!;

  // Seeded: a sitting that goes on just as the episode it ended leaves the window can't open it again (1 stream in 18,000).
  test('a window that slides leaves the episodes that all sittings show at once', () => {
    fc.assert(
      fc.property(pressures(), (list) => {
        const worker = createWorker(rule);
        const toMin = (at: number) => (at - START_AT) / MINUTE_MS;
        for (const [i, { measuredAt }] of list.entries()) {
          const from = measuredAt - TWO_DAYS_MIN * MINUTE_MS;
          worker.see(
            windowWith({ from, bp: list.slice(0, i + 1).filter((one) => one.measuredAt >= from) }),
            toMin(measuredAt),
          );
        }
        const last = list.at(-1)!.measuredAt;
        const whole = rule.evaluate(windowWith({ bp: list }), PROFILE, last);
        expect(worker.stretches()).toEqual(stretchesOf(whole.episodes));
      }),
      { seed: 20260501, numRuns: 300 },
    );
  });
});

test('a low that is completed anew after an hour of silence is another one, and what was told of the first stays told', () => {
  const low = [69, 68, 67];
  const arrivals = [0, 75].flatMap((fromMin) => low.map((value, slot) => ({ min: fromMin + slot * 5, value })));
  const { episodes, verdict } = fedOneByOne(arrivals, {
    rule: windowRuleById('CGM-02')!,
    windowOf: (stored) => windowWith({ cgm: [seriesFrom(stored)] }),
    keyOf: ({ min }) => min,
    nowMin: 90,
  });
  expect(verdict).toBe('firing');
  const minutes = (at?: number) => at && (at - START_AT) / MINUTE_MS;
  expect(
    episodes.map(({ episodeId, fate, startAt, endAt }) => [episodeId, fate, minutes(startAt), minutes(endAt)]),
  ).toEqual([
    ['episode-0001', 'live', 0, 75],
    ['episode-0002', 'live', 75, undefined],
  ]);
});
