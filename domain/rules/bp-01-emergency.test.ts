import { describe, expect, test } from 'vitest';
import {
  evaluateAt,
  MINUTE_MS,
  PROFILE,
  pressureArrival,
  pressureReading,
  START_AT,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import type { BloodPressureReading } from '../reading.ts';
import { createBp01Emergency } from './bp-01-emergency.ts';
import { deriveSignal } from './derive-signal.ts';
import { applyDifference, NO_SIGNAL } from './reconcile-signals.ts';

const rule = createBp01Emergency();
type Taken = readonly [min: number, systolic: number, diastolic: number, deviceKey?: number];
const readingsOf = (taken: readonly Taken[]): BloodPressureReading[] =>
  taken.map(([min, systolic, diastolic, deviceKey = 1]) => pressureReading(min, systolic, diastolic, { deviceKey }));
const judge = (taken: readonly Taken[], atMin = taken.at(-1)![0]) =>
  evaluateAt(rule, windowWith({ bp: readingsOf(taken) }), atMin);

describe('a single reading at the line', () => {
  test('is pending and asks the same monitor for a repeat after 5 min, until 15 min', () => {
    expect(judge([[0, 182, 95]])).toMatchObject({
      verdict: 'pending',
      severity: 'critical',
      episodes: [],
      nextDeadlineAt: START_AT + 15 * MINUTE_MS,
      request: { kind: 'bp', deviceKey: 1, dueAt: START_AT + 5 * MINUTE_MS, expiresAt: START_AT + 15 * MINUTE_MS },
      explanation: { reason: 'awaiting_repeat' },
    });
  });

  test.each([
    [180, 90, 'pending'],
    [150, 110, 'pending'],
    [179, 109, 'clear'],
  ] as const)('%i/%i: %s', (systolic, diastolic, verdict) => {
    expect(judge([[0, systolic, diastolic]]).verdict).toBe(verdict);
  });

  test('fires when 15 min have gone by without a repeat, and not a moment earlier', () => {
    expect(judge([[0, 182, 95]], 14.99).verdict).toBe('pending');
    expect(judge([[0, 182, 95]], 15)).toMatchObject({
      verdict: 'firing',
      severity: 'critical',
      explanation: { reason: 'no_repeat' },
    });
  });

  test.each([
    [220, 100],
    [190, 130],
  ])('at %i/%i it fires at once', (systolic, diastolic) => {
    expect(judge([[0, systolic, diastolic]])).toMatchObject({ verdict: 'firing', explanation: { reason: 'at_once' } });
  });
});

describe('the repeat', () => {
  test('confirms where the session’s mean is at the line; the rounded mean is judged', () => {
    expect(
      judge([
        [0, 182, 95],
        [5, 177, 93],
      ]),
    ).toMatchObject({
      verdict: 'firing',
      severity: 'critical',
      explanation: { reason: 'session_mean' },
    });
    expect(
      judge([
        [0, 182, 95],
        [5, 176, 93],
      ]).severity,
    ).toBe('warning');
  });

  test('below the line leaves a note: a warning from 160 or 100 on, else an info that is over at once', () => {
    expect(
      judge([
        [0, 184, 96],
        [5, 140, 90],
      ]),
    ).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'unconfirmed' },
    });
    const info = judge([
      [0, 184, 90],
      [5, 130, 80],
    ]);
    expect(info).toMatchObject({ verdict: 'clear', explanation: { reason: 'unconfirmed' } });
    expect(info.episodes).toMatchObject([{ severity: 'info', endAt: START_AT + 5 * MINUTE_MS }]);
  });

  test('after 12 min is a session of its own, and yet the repeat that was asked for', () => {
    expect(
      judge([
        [0, 182, 95],
        [12, 184, 96],
      ]).explanation.reason,
    ).toBe('session_mean');
    expect(
      judge([
        [0, 184, 96],
        [12, 140, 90],
      ]),
    ).toMatchObject({ severity: 'warning', explanation: { reason: 'unconfirmed' } });
  });

  test('may be taken with another monitor', () => {
    expect(
      judge([
        [0, 182, 95, 1],
        [4, 184, 96, 2],
      ]).explanation.reason,
    ).toBe('session_mean');
  });

  test('a third reading doesn’t take back what two had confirmed', () => {
    expect(
      judge([
        [0, 182, 95],
        [1, 180, 95],
        [2, 120, 80],
      ]),
    ).toMatchObject({ verdict: 'firing', severity: 'critical' });
  });

  test('a third reading can confirm what two had not', () => {
    expect(
      judge([
        [0, 182, 95],
        [1, 176, 95],
        [2, 190, 95],
      ]),
    ).toMatchObject({ verdict: 'firing', severity: 'critical' });
  });

  test('that arrives late, after the page, turns it into what it was: no longer critical', () => {
    expect(judge([[0, 184, 96]], 16).severity).toBe('critical');
    expect(
      judge(
        [
          [0, 184, 96],
          [3, 140, 90],
        ],
        17,
      ).severity,
    ).toBe('warning');
  });
});

describe('the end', () => {
  const emergency: Taken[] = [
    [0, 200, 105],
    [2, 198, 104],
  ];

  test('is the next session with a mean below 160 and below 100', () => {
    expect(stretchesOf(judge([...emergency, [60, 159, 99]]))).toEqual([[0, 60]]);
    expect(judge([...emergency, [60, 160, 99]]).verdict).toBe('firing');
    expect(judge([...emergency, [60, 159, 100]]).verdict).toBe('firing');
  });

  test('is not a low reading of the same session', () => {
    expect(judge([...emergency, [8, 140, 85]]).verdict).toBe('firing');
  });

  test('is not the sitting that fired, where it began before the window and its mean came down by itself', () => {
    const sitting: Taken[] = [
      [0, 225, 95],
      [1, 90, 60],
      [2, 90, 60],
    ];
    const recovery = (more: Taken[]) =>
      rule.findRecovery(windowWith({ bp: readingsOf([...sitting, ...more]) }), START_AT, PROFILE, START_AT + 9e6);
    expect(recovery([])).toBeUndefined();
    expect(recovery([[60, 130, 80]])).toBe(START_AT + 60 * MINUTE_MS);
  });

  test('is never silence', () => {
    expect(judge(emergency, 40 * 60).verdict).toBe('firing');
  });

  test('a session that fired at once is over with a calm repeat after 12 min', () => {
    expect(
      stretchesOf(
        judge([
          [0, 225, 100],
          [12, 150, 90],
        ]),
      ),
    ).toEqual([[0, 12]]);
  });

  test('the line reached again within 12 h is the same episode, later it is another', () => {
    expect(stretchesOf(judge([...emergency, [700, 190, 100], [701, 190, 100]]))).toEqual([[0, undefined]]);
    expect(stretchesOf(judge([...emergency, [722, 190, 100], [723, 190, 100]]))).toEqual([[0, undefined]]);
    expect(stretchesOf(judge([...emergency, [730, 190, 100], [731, 190, 100]]))).toEqual([
      [0, 730],
      [730, undefined],
    ]);
  });

  test('a note gives way to the emergency that follows it', () => {
    const { episodes, severity } = judge([
      [0, 184, 96],
      [5, 140, 90],
      [60, 190, 100],
      [61, 190, 100],
    ]);
    expect(severity).toBe('critical');
    expect(episodes).toMatchObject([
      { severity: 'warning', endAt: START_AT + 60 * MINUTE_MS },
      { severity: 'critical', startAt: START_AT + 60 * MINUTE_MS },
    ]);
  });

  test('a note gives way also to a single reading that awaits its repeat: what matters now is the repeat', () => {
    const pending = judge([
      [0, 184, 96],
      [5, 140, 90],
      [60, 190, 100],
    ]);
    expect(pending).toMatchObject({
      verdict: 'pending',
      severity: 'critical',
      request: { deviceKey: 1 },
      episodes: [{ severity: 'warning', endAt: START_AT + 60 * MINUTE_MS }],
    });
    const refuted = judge([
      [0, 184, 96],
      [5, 140, 90],
      [60, 190, 96],
      [65, 140, 90],
    ]);
    expect(stretchesOf(refuted)).toEqual([
      [0, 60],
      [60, undefined],
    ]);
  });

  test('a sitting that the start of the window cuts is not judged anew', () => {
    const cut = windowWith({ from: START_AT + 3 * MINUTE_MS, bp: readingsOf([[5, 185, 95]]) });
    expect(evaluateAt(rule, cut, 2 * 24 * 60)).toMatchObject({ verdict: 'clear', episodes: [] });
  });
});

describe('lateness', () => {
  const lateReading = (receivedMin: number) => pressureReading(0, 190, 100, { receivedMin });
  const judgeLate = (bp: BloodPressureReading[], atMin: number) => evaluateAt(rule, windowWith({ bp }), atMin);

  test('a single reading that comes late can’t be repeated in time: a warning, up to 12 h', () => {
    expect(judgeLate([lateReading(60)], 60)).toMatchObject({
      verdict: 'firing',
      severity: 'warning',
      explanation: { reason: 'late_high' },
      episodes: [{ fate: 'late' }],
    });
    expect(judgeLate([lateReading(60)], 721)).toMatchObject({
      verdict: 'clear',
      episodes: [{ fate: 'retrospective' }],
    });
  });

  test('up to half an hour is in time', () => {
    const fateOf = (receivedMin: number) => judgeLate([lateReading(receivedMin)], 31).episodes[0]?.fate;
    expect([fateOf(30), fateOf(30.01)]).toEqual(['live', 'late']);
  });

  test('a later session at the line that comes in time makes it live', () => {
    const again = [pressureReading(70, 190, 100), pressureReading(71, 190, 100)];
    expect(judgeLate([lateReading(60), ...again], 71)).toMatchObject({
      severity: 'critical',
      episodes: [{ fate: 'live' }],
    });
  });
});

test('the public-health line can’t be moved, the other lines can', () => {
  expect(() => createBp01Emergency({}, { systolic: { value: 200, unit: 'mmHg' } })).toThrow(
    /systolic is a public-health/,
  );
  const strict = createBp01Emergency({}, { systolicAtOnce: { value: 200, unit: 'mmHg' } });
  expect(evaluateAt(strict, windowWith({ bp: readingsOf([[0, 205, 90]]) }), 0)).toMatchObject({
    explanation: { reason: 'at_once', thresholds: { systolicAtOnce: { value: 200, origin: 'patient' } } },
  });
});

test('says why it is clear: recovered, unconfirmed, or over before anybody knew', () => {
  expect(
    judge([
      [0, 185, 100],
      [1, 183, 100],
      [60, 130, 80],
    ]).explanation.reason,
  ).toBe('recovered');
  expect(
    judge([
      [0, 185, 95],
      [1, 130, 80],
    ]).explanation.reason,
  ).toBe('unconfirmed');
  const late = readingsOf([
    [0, 185, 100],
    [1, 183, 100],
    [60, 130, 80],
  ]).map((reading) => ({
    ...reading,
    receivedAt: START_AT + 120 * MINUTE_MS,
  }));
  expect(evaluateAt(rule, windowWith({ bp: late }), 120).explanation.reason).toBe('over_before_known');
});

test('is asked by what reaches the clear lines: a third reading can lift an unconfirmed mean', () => {
  const mayStart = (systolic: number, diastolic: number) =>
    rule.mayStart(pressureArrival(windowWith({ bp: [pressureReading(0, systolic, diastolic)] })));
  expect([mayStart(160, 80), mayStart(159, 99), mayStart(130, 100)]).toEqual([true, false, true]);
});

test('a sitting that the window’s start may have cut is not judged anew', () => {
  const bp = readingsOf([
    [0, 185, 100],
    [1, 183, 100],
  ]);
  const from = (min: number) =>
    rule.evaluate({ ...windowWith({ bp }), from: START_AT - min * MINUTE_MS }, PROFILE, START_AT + 60 * MINUTE_MS)
      .episodes;
  expect(from(25)).toHaveLength(1);
  expect(from(24.9)).toEqual([]);
});

test('an emergency of the next day that nobody repeats is another one: it pages although the former has an owner', () => {
  const [first, second, nextDay] = readingsOf([
    [0, 185, 112],
    [5, 186, 113],
    [13 * 60, 185, 112],
  ]);
  const bp: BloodPressureReading[] = [];
  let persisted = NO_SIGNAL;
  let ids = 0;
  const judgeAt = (min: number, judgedUntil: number | undefined, ...come: BloodPressureReading[]) => {
    bp.push(...come);
    const now = START_AT + min * MINUTE_MS;
    const newId = () => `episode-${++ids}`;
    const window = windowWith({ bp });
    const { difference } = deriveSignal({ rule, window, profile: PROFILE, now, persisted, judgedUntil, newId });
    persisted = applyDifference(persisted, difference);
  };
  judgeAt(0, undefined, first!);
  judgeAt(5, first!.measuredAt, second!);
  judgeAt(13 * 60, second!.measuredAt, nextDay!);
  expect(persisted.episodes).toMatchObject([{ episodeId: 'episode-1', startAt: START_AT, fate: 'live' }]);
  judgeAt(13 * 60 + 15, nextDay!.measuredAt);
  expect(persisted).toMatchObject({ verdict: 'firing', severity: 'critical', episodeId: 'episode-2' });
  expect(persisted.episodes).toMatchObject([
    { episodeId: 'episode-1', startAt: START_AT, endAt: nextDay!.measuredAt, fate: 'live' },
    { episodeId: 'episode-2', startAt: nextDay!.measuredAt, fate: 'live', explanation: { reason: 'no_repeat' } },
  ]);
});
