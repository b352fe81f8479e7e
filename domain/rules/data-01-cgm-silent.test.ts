import { describe, expect, test } from 'vitest';
import {
  evaluateAt,
  everyMin,
  HOUR_MS,
  MINUTE_MS,
  PROFILE,
  START_AT,
  seriesFrom,
  stretchesOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { createData01CgmSilent } from './data-01-cgm-silent.ts';
import type { PatientProfile, PatientWindow } from './rule.ts';

const rule = createData01CgmSilent();
const at = (min: number) => START_AT + min * MINUTE_MS;
const reported = windowWith({ cgm: [seriesFrom(everyMin(5, [100, 100, 100]))] });
const judge = (atMin: number, profile: Partial<PatientProfile> = {}, window: PatientWindow = reported) =>
  evaluateAt(rule, window, atMin, { ...PROFILE, ...profile });

describe('stages of silence after the last reading, 10 min after the start', () => {
  test.each([
    [39, 'clear', undefined, undefined],
    [40, 'firing', 'info', 1],
    [10 + 360, 'firing', 'warning', 2],
    [10 + 1440, 'firing', 'warning', 3],
  ] as const)('at %i min: %s %s, stage %s', (min, verdict, severity, stage) => {
    expect(judge(min)).toMatchObject({ verdict });
    expect(judge(min).severity).toBe(severity);
    expect(judge(min).explanation.stage).toBe(stage);
  });

  test('each stage is one step of the same episode', () => {
    for (const min of [40, 370, 1450]) expect(stretchesOf(judge(min))).toEqual([[10, undefined]]);
  });

  test('the next deadline is the next stage', () => {
    expect([11, 40, 370, 1450].map((min) => judge(min).nextDeadlineAt)).toEqual([at(40), at(370), at(1450), undefined]);
  });

  test('the first is for the patient, the last for the team', () => {
    expect(rule.stages!.map(({ audience }) => audience)).toEqual(['patient', 'patient', 'team']);
  });

  test('it goes on where the readings have left the window', () => {
    const later = windowWith({ from: at(100), lastCgmAt: at(10) });
    expect(stretchesOf(judge(4000, {}, later))).toEqual([[10, undefined]]);
  });
});

describe('the end', () => {
  test('is the first new reading', () => {
    const samples = [...everyMin(5, [100, 100, 100]), { min: 60, value: 100 }];
    const evaluation = judge(60, {}, windowWith({ cgm: [seriesFrom(samples)] }));
    expect(evaluation.verdict).toBe('clear');
    expect(stretchesOf(evaluation)).toEqual([[10, 60]]);
  });

  test('readings that come late fill the silence: there is no episode any more', () => {
    const samples = everyMin(5, Array<number>(12).fill(100)).map((sample) => ({ ...sample, receivedMin: 56 }));
    expect(judge(56, {}, windowWith({ cgm: [seriesFrom(samples)] })).episodes).toEqual([]);
  });

  test('another sensor’s readings count as well', () => {
    const second = seriesFrom([{ min: 35, value: 100 }], { deviceKey: 2 });
    const window = windowWith({ cgm: [...reported.cgm, second] });
    expect(judge(50, {}, window).episodes).toEqual([]);
    expect(stretchesOf(judge(65, {}, window))).toEqual([[35, undefined]]);
  });
});

describe('of several sensors', () => {
  test('silence lies between the last reading of one and the first of another, from half an hour on', () => {
    const second = (min: number) => seriesFrom([{ min, value: 100 }], { deviceKey: 2 });
    const judged = (min: number) => judge(min + 40, {}, windowWith({ cgm: [...reported.cgm, second(min)] }));
    expect(stretchesOf(judged(40))).toEqual([
      [10, 40],
      [40, undefined],
    ]);
    expect(stretchesOf(judged(39.9))).toEqual([[39.9, undefined]]);
    expect(judged(40).episodes[1]?.evidence).toEqual([{ deviceKey: 2, kind: 'cgm', measuredAt: at(40) }]);
  });

  test('and between two readings of the only one', () => {
    const gap = (min: number) =>
      judge(min, {}, windowWith({ cgm: [seriesFrom([0, min].map((m) => ({ min: m, value: 100 })))] }));
    expect(stretchesOf(gap(30))).toEqual([[0, 30]]);
    expect(stretchesOf(gap(29.9))).toEqual([]);
  });

  test('silence goes on where one sensor’s life ends as the next one’s begins', () => {
    const sensorPeriods = [
      { from: at(-1000), to: at(20) },
      { from: at(20), to: at(9000) },
    ];
    expect(stretchesOf(judge(60, { sensorPeriods }))).toEqual([[10, undefined]]);
  });
});

describe('where CGM isn’t expected', () => {
  const nothing = windowWith({});

  test('a patient without a plan and without a reading has no data alert', () => {
    expect(judge(10_000, {}, nothing)).toMatchObject({ verdict: 'unknown', explanation: { reason: 'not_expected' } });
    expect(judge(10_000, {}, nothing).nextDeadlineAt).toBeUndefined();
  });

  test('a plan expects it from its first day on, also of a device that never reported', () => {
    const plan = { cgmPeriods: [{ from: at(60) }] };
    expect(judge(0, plan, nothing)).toMatchObject({ verdict: 'unknown', nextDeadlineAt: at(90) });
    expect(stretchesOf(judge(90, plan, nothing))).toEqual([[60, undefined]]);
  });

  test('a plan that began before registration counts from registration', () => {
    const plan = { cgmPeriods: [{ from: 0 }], registeredAt: at(0) };
    expect(stretchesOf(judge(30, plan, nothing))).toEqual([[0, undefined]]);
  });

  test('the end of the plan’s period ends the silence', () => {
    const plan = { cgmPeriods: [{ from: 0, to: at(120) }] };
    expect(judge(119, plan).verdict).toBe('firing');
    expect(judge(119, plan).nextDeadlineAt).toBe(at(120));
    const after = judge(120, plan);
    expect(after.verdict).toBe('unknown');
    expect(stretchesOf(after)).toEqual([[10, 120]]);
  });
});

describe('what is asked next', () => {
  test('after the last stage is the end of the plan’s period', () => {
    const plan = { cgmPeriods: [{ from: 0, to: at(2000) }] };
    expect(judge(1500, plan).nextDeadlineAt).toBe(at(2000));
    expect(judge(2000, plan).nextDeadlineAt).toBeUndefined();
  });

  test('and a sensor without a reading in the window says nothing beside one that has some', () => {
    const plan = { cgmPeriods: [{ from: at(-50) }] };
    const [one, both] = [reported.cgm, [seriesFrom([], { deviceKey: 2 }), ...reported.cgm]].map((cgm) =>
      judge(20, plan, windowWith({ from: at(-100), cgm })),
    );
    expect(stretchesOf(one!)).toEqual([[-50, 0]]);
    expect(both).toEqual(one);
  });
});

describe('a sensor whose life is over', () => {
  test('when the plan begins is asked about half an hour later, not before', () => {
    const plan = { cgmPeriods: [{ from: at(60) }], sensorPeriods: [{ from: at(-1000), to: at(60) }] };
    expect(judge(0, plan, windowWith({})).nextDeadlineAt).toBe(at(90));
  });

  const sensorPeriods = [{ from: at(-14 * 24 * 60), to: at(12) }];

  test('gives one info instead, however long it lasts', () => {
    for (const min of [42, 12 + 24 * 60 + 1]) {
      expect(judge(min, { sensorPeriods })).toMatchObject({
        verdict: 'firing',
        severity: 'info',
        explanation: { reason: 'sensor_ended' },
      });
    }
    expect(judge(12 + 24 * 60, { sensorPeriods }).episodes).toHaveLength(1);
  });

  test('silence from before its end stays what it was, up to that end', () => {
    const later = [{ from: 0, to: at(100) }];
    const { episodes } = judge(140, { sensorPeriods: later });
    expect(episodes).toMatchObject([
      { startAt: at(10), endAt: at(100), explanation: { reason: 'cgm_silent' } },
      { startAt: at(100), explanation: { reason: 'sensor_ended' } },
    ]);
  });

  test('the next sensor is expected from its start on', () => {
    const next = [...sensorPeriods, { from: at(2000) }];
    expect(judge(2010, { sensorPeriods: next }).verdict).toBe('clear');
    expect(judge(2031, { sensorPeriods: next })).toMatchObject({
      severity: 'info',
      explanation: { reason: 'cgm_silent', stage: 1 },
    });
  });
});

test('gaps of the past are episodes too, but not one that began before the window', () => {
  const samples = [20, 25, 60, 65].map((min) => ({ min: min - 24 * 60, value: 100 }));
  const window = windowWith({ from: START_AT - 24 * HOUR_MS, cgm: [seriesFrom(samples)] });
  expect(stretchesOf(judge(70 - 24 * 60, {}, window))).toEqual([[25 - 24 * 60, 60 - 24 * 60]]);
});

test('rests on the last reading there was; where that lies before the window, on none', () => {
  expect(judge(40).episodes[0]?.evidence).toEqual([{ deviceKey: 1, kind: 'cgm', measuredAt: at(10) }]);
  expect(judge(40, {}, windowWith({ lastCgmAt: at(-3000) })).episodes[0]?.evidence).toEqual([]);
});

test('a silence that began before the window is over with the first reading of any sensor', () => {
  const [early, late, none] = [[20], [50], []].map((minutes, key) =>
    seriesFrom(
      minutes.map((min) => ({ min, value: 100 })),
      { deviceKey: key + 1 },
    ),
  );
  const endOf = (...cgm: (typeof early)[]) =>
    rule.findRecovery(windowWith({ cgm: cgm.flatMap((series) => series ?? []) }), at(-60), PROFILE, at(60));
  expect([endOf(early, late), endOf(late, early), endOf(none, late)]).toEqual([at(20), at(20), at(50)]);
  expect([endOf(), endOf(none)]).toEqual([undefined, undefined]);
});

test('when a silence began is known where the plan begins with the window, not where it began before', () => {
  const planned = (from: number) => stretchesOf(judge(12, { cgmPeriods: [{ from }] }));
  expect(planned(reported.from)).toEqual([[-1440, 0]]);
  expect(planned(reported.from - 1)).toEqual([]);
});

test('half an hour between the beginning of the plan and the first reading is silence, less is not', () => {
  const waited = (min: number) => {
    const from = START_AT - min * MINUTE_MS;
    return stretchesOf(judge(12, { cgmPeriods: [{ from }] }, { ...reported, from }));
  };
  expect(waited(30)).toEqual([[-30, 0]]);
  expect(waited(29.9)).toEqual([]);
});
