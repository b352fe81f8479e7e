// What was decided when a reading came stays decided when somebody asks later (clinical.md §7, the paragraph on lateness).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { applyDifference, NO_SIGNAL } from '../../domain/rules/reconcile-signals.ts';
import type { PatientWindow } from '../../domain/rules/rule.ts';
import { windowRuleById } from '../../domain/rules/rule-catalogue.ts';
import {
  MINUTE_MS,
  PROFILE,
  pressureReading,
  type Sample,
  START_AT,
  seriesFrom,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { judgeKnown } from './judge-known.ts';

type Received = Sample & { readonly diastolic?: number };

const windowsOf = {
  CGM: (samples: readonly Received[]) => windowWith({ cgm: [seriesFrom(samples)] }),
  SMBG: (samples: readonly Received[]) => windowWith({ smbg: [seriesFrom(samples, { unit: 'mmol/L' })] }),
  BP: (samples: readonly Received[]) =>
    windowWith({
      bp: samples.map(({ min, value, diastolic = 80, receivedMin = min }) =>
        pressureReading(min, Number(value), diastolic, { receivedMin }),
      ),
    }),
};

/** What ingest persists once it has judged at these minutes, each time by what had come; and what is answered by that, later. */
function ingested(ruleId: string, samples: readonly Received[], judgedAtMin: readonly number[]) {
  const rule = windowRuleById(ruleId)!;
  const windowOf = windowsOf[ruleId.split('-')[0] as keyof typeof windowsOf];
  const measuredBy = (min: number) => samples.filter((sample) => sample.min <= min);
  const receivedBy = (min: number) => samples.filter((sample) => (sample.receivedMin ?? sample.min) <= min);
  const firstSeenAt = new Map<string, number>();
  let signal = NO_SIGNAL;
  let ids = 0;
  for (const min of judgedAtMin) {
    const now = START_AT + min * MINUTE_MS;
    const newId = () => `episode-${++ids}`;
    const window = windowOf(receivedBy(min));
    const { difference } = deriveSignal({ rule, window, profile: PROFILE, now, persisted: signal, newId });
    for (const { episodeId } of difference.insert) firstSeenAt.set(episodeId, now);
    signal = applyDifference(signal, difference);
  }
  const answeredAt = (min: number, known = signal) => {
    const windowReceivedBy = (at: number): PatientWindow =>
      windowOf(measuredBy(min).filter((sample) => receivedBy((at - START_AT) / MINUTE_MS).includes(sample)));
    const window = windowOf(measuredBy(min));
    const at = START_AT + min * MINUTE_MS;
    return judgeKnown({ rule, window, profile: PROFILE, at, known: { signal: known, firstSeenAt }, windowReceivedBy });
  };
  return { signal, answeredAt };
}

describe('a low that was completed late and not known to be over', () => {
  const stick = [{ min: -40, value: 2.4, receivedMin: 0 }];
  const backlog = [
    { min: -60, value: 50, receivedMin: 0 },
    { min: -55, value: 49, receivedMin: 0 },
  ];

  test('is the warning that it became when it came, also when a fingerstick is older than 12 hours by now', () => {
    const { signal, answeredAt } = ingested('SMBG-01', stick, [0, 780]);
    expect([signal.verdict, signal.severity, signal.explanation.reason]).toEqual(['firing', 'warning', 'late_low']);
    expect(answeredAt(780)).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'late_low' },
      episode: { fate: 'late', severity: 'warning' },
    });
  });

  test('is what the readings alone say where ingest has not seen it', () => {
    const { answeredAt } = ingested('SMBG-01', stick, [0]);
    expect(answeredAt(780, NO_SIGNAL)).toMatchObject({ verdict: 'clear', explanation: { reason: 'too_old' } });
  });

  test('stays the warning when a fresh reading says that it is ending, until it has ended', () => {
    const recovering = [...backlog, ...[5, 10, 15, 20].map((min) => ({ min, value: 110 }))];
    const { answeredAt } = ingested('CGM-01', recovering, [0, 5, 10, 15, 20]);
    expect(answeredAt(5)).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'late_low' },
      episode: { fate: 'late', severity: 'warning' },
    });
    expect(answeredAt(20)).toMatchObject({
      verdict: 'clear',
      explanation: { reason: 'recovered' },
      episode: { fate: 'late', severity: 'warning', endAt: START_AT + 5 * MINUTE_MS },
    });
  });

  test('was a warning before a fresh low made it live, and not before it had come', () => {
    const risen = [...backlog, { min: 5, value: 110 }, { min: 12, value: 48 }];
    const { signal, answeredAt } = ingested('CGM-01', risen, [0, 5, 12]);
    expect([signal.severity, signal.episodes[0]?.fate]).toEqual(['critical', 'live']);
    expect(answeredAt(12)).toMatchObject({ severity: 'critical', episode: { fate: 'live' } });
    // 110 alone, looked at anew, would say that it was over before anybody knew.
    expect(answeredAt(6)).toMatchObject({ verdict: 'firing', severity: 'warning', episode: { fate: 'late' } });
    // It had not come yet: what is stored now is judged.
    expect(answeredAt(-30)).toMatchObject({ verdict: 'firing', severity: 'warning', episode: { fate: 'late' } });
  });

  test('was over before anybody knew of it where it came with the fresh reading, also if it went on later', () => {
    const together = [...backlog, { min: -1, value: 110, receivedMin: 0 }, { min: 7, value: 48 }];
    const { answeredAt } = ingested('CGM-01', together, [0, 7]);
    expect(answeredAt(6)).toMatchObject({ verdict: 'clear', explanation: { reason: 'over_before_known' } });
    expect(answeredAt(7)).toMatchObject({ verdict: 'firing', severity: 'critical', episode: { fate: 'live' } });
  });
});

test('a low that was told in time is live also when it is over', () => {
  const samples = [52, 51, 110, 111, 112, 113].map((value, slot) => ({ min: slot * 5, value }));
  const { answeredAt } = ingested('CGM-01', samples, [0, 5, 10, 15, 20, 25]);
  expect(answeredAt(25)).toMatchObject({ verdict: 'clear', episode: { fate: 'live', severity: 'critical' } });
  expect(answeredAt(5)).toMatchObject({ verdict: 'firing', severity: 'critical', episode: { fate: 'live' } });
  expect(answeredAt(0)).toMatchObject({ verdict: 'clear', explanation: { reason: 'below_persistence' } });
});

test('an emergency pressure that came late stays the same-day warning for as long as no sitting says more', () => {
  const late = [{ min: -60, value: 230, diastolic: 112, receivedMin: 0 }];
  const { signal, answeredAt } = ingested('BP-01', late, [0, 700]);
  expect([signal.verdict, signal.severity]).toEqual(['firing', 'warning']);
  expect(answeredAt(700)).toMatchObject({ verdict: 'firing', severity: 'warning', episode: { fate: 'late' } });
});

/** Of what is quiet ingest writes no row, or an older reason. */
const loud = (verdict: string) => (['firing', 'pending'].includes(verdict) ? verdict : 'quiet');

describe('whatever came late, what is answered is what ingest says', () => {
  const VALUES = {
    CGM: [50, 52, 60, 66, 75, 110, 260, 320],
    SMBG: [2.4, 3.5, 3.9, 5, 12, 17],
    BP: [85, 120, 150, 182, 230],
  };
  const backlogs = (kind: keyof typeof VALUES) =>
    fc.array(
      fc.record({
        waitMin: kind === 'CGM' ? fc.constantFrom(5, 5, 5, 5, 20, 60) : fc.constantFrom(4, 16, 60, 400),
        value: fc.constantFrom(...VALUES[kind]),
        delayMin: fc.constantFrom(0, 0, 0, 10, 31, 45, 120, 780),
      }),
      { minLength: 1, maxLength: 14 },
    );

  test.each(['CGM-01', 'CGM-02', 'SMBG-01', 'SMBG-02', 'SMBG-03', 'BP-01', 'BP-05'])('%s', (ruleId) => {
    const told = new Map<string, number>();
    const kind = ruleId.split('-')[0] as keyof typeof VALUES;
    fc.assert(
      fc.property(backlogs(kind), fc.integer({ min: 0, max: 900 }), (readings, afterMin) => {
        let min = -600;
        const samples = readings.map(({ waitMin, value, delayMin }) => {
          min += waitMin;
          return { min, value, receivedMin: min + delayMin };
        });
        const until = Math.max(...samples.map(({ receivedMin }) => receivedMin)) + afterMin;
        const instants = [...new Set([...samples.map(({ receivedMin }) => receivedMin), until])].sort((a, b) => a - b);
        const { signal, answeredAt } = ingested(ruleId, samples, instants);
        const { verdict, severity, episode } = answeredAt(until);
        const newest = signal.episodes.at(-1);
        expect([loud(verdict), severity, episode?.fate]).toEqual([loud(signal.verdict), signal.severity, newest?.fate]);
        const telling = `${verdict} ${newest?.fate}`;
        told.set(telling, (told.get(telling) ?? 0) + 1);
      }),
      { numRuns: 300 },
    );
    expect([...told.keys()]).toEqual(expect.arrayContaining(['firing late', 'firing live']));
  });
});
