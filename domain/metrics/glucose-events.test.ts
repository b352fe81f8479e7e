import { describe, expect, it } from 'vitest';
import { everyMin, type Sample, START_AT, seriesFrom } from '../../tests/readings/patient-windows.ts';
import { eventsPerDay, type GlucoseEventKind, glucoseEvents } from './glucose-events.ts';

const always = { from: 0, to: Number.MAX_SAFE_INTEGER };
const zone = 'Asia/Shanghai';
const times = (count: number, value: number) => Array<number>(count).fill(value);
const minutes = (at: number) => (at - START_AT) / 60_000;

function eventsOf(samples: readonly Sample[], options?: Parameters<typeof seriesFrom>[1]) {
  return glucoseEvents([seriesFrom(samples, options)], always, zone)!;
}
/** Start and end in minutes. */
function stretches(kind: GlucoseEventKind, values: readonly (number | undefined)[], cadenceMin = 5) {
  const { events } = eventsOf(everyMin(cadenceMin, values), { cadenceMin });
  return events[kind].map(({ startAt, endAt }) => [minutes(startAt), minutes(endAt)]);
}

describe('level 1 and 2 events', () => {
  it('need 15 consecutive minutes beyond the line: three slots at 5 minutes, one at 15', () => {
    expect(stretches('hypoL1', [80, 69, 69, ...times(3, 70)])).toEqual([]);
    expect(stretches('hypoL1', [80, 69, 69, 69, ...times(3, 70)])).toEqual([[5, 20]]);
    expect(stretches('hypoL1', [80, 69, 70, 70], 15)).toEqual([[15, 30]]);
  });

  it('take the lines of §2.2: 70 and 54, 180 and 250 are not beyond', () => {
    const lasting = (value: number) => [120, 120, ...times(3, value), ...times(4, 120)];
    const found = (value: number) => {
      const { events } = eventsOf(everyMin(5, lasting(value)));
      return [events.hypoL1, events.hypoL2, events.hyperL1, events.hyperL2].map(({ length }) => length);
    };
    expect(found(70)).toEqual([0, 0, 0, 0]);
    expect(found(69)).toEqual([1, 0, 0, 0]);
    expect(found(54)).toEqual([1, 0, 0, 0]);
    expect(found(53)).toEqual([1, 1, 0, 0]);
    expect(found(180)).toEqual([0, 0, 0, 0]);
    expect(found(181)).toEqual([0, 0, 1, 0]);
    expect(found(250)).toEqual([0, 0, 1, 0]);
    expect(found(251)).toEqual([0, 0, 1, 1]);
  });

  it('end with the first of 15 minutes of recovery; shorter recoveries stay inside', () => {
    expect(stretches('hypoL1', [...times(3, 60), 75, 75, ...times(3, 60), ...times(3, 75)])).toEqual([[0, 40]]);
    expect(stretches('hypoL1', [...times(3, 60), 75, 75, 75, ...times(3, 60), ...times(3, 75)])).toEqual([
      [0, 15],
      [30, 45],
    ]);
    expect(stretches('hyperL1', [...times(3, 190), 180, 180, 190, ...times(3, 180)])).toEqual([[0, 30]]);
  });

  it('name their nadir or peak, and their minutes', () => {
    const { events } = eventsOf(everyMin(5, [80, 60, 55, 61, 75, 75, 75, 181, 200, 190, 120, 120, 120]));
    expect(events.hypoL1).toMatchObject([{ extremeMgPerDl: 55, minutes: 15 }]);
    expect(events.hyperL1).toMatchObject([{ extremeMgPerDl: 200, minutes: 15 }]);
    expect(events.hypoL1[0]).not.toHaveProperty('truncated');
  });

  it('of level 2 lie inside those of level 1; a dip that is no event leaves level 1 on its own', () => {
    const both = eventsOf(everyMin(5, [80, 60, 53, 52, 51, 60, ...times(3, 80), 65, 53, 53, 65, ...times(3, 80)]));
    expect([both.events.hypoL1.length, both.events.hypoL2.length, both.level1Only.hypo]).toEqual([2, 1, 1]);
    const fromItsStart = eventsOf(everyMin(5, [80, ...times(3, 53), ...times(3, 80)]));
    expect(fromItsStart.level1Only).toEqual({ hypo: 0, hyper: 0 });
    const next = eventsOf(everyMin(5, [...times(3, 60), ...times(3, 70), ...times(3, 53), ...times(3, 80)]));
    expect(next.level1Only.hypo).toBe(1);
    const high = eventsOf(everyMin(5, [...times(3, 200), ...times(3, 260), ...times(3, 150), ...times(3, 200), 150]));
    expect(high.level1Only.hyper).toBe(1);
  });

  it('judge readings in mmol/L by the mmol/L lines', () => {
    const found = (value: number) =>
      eventsOf(everyMin(5, [6, ...times(3, value), ...times(3, 6)]), { unit: 'mmol/L' }).events;
    expect([found(3.9).hypoL1.length, found(3.8).hypoL1.length]).toEqual([0, 1]);
    expect([found(3.0).hypoL2.length, found(2.9).hypoL2.length]).toEqual([0, 1]);
    expect([found(10).hyperL1.length, found(10.1).hyperL1.length]).toEqual([0, 1]);
    expect([found(13.9).hyperL2.length, found(14).hyperL2.length]).toEqual([0, 1]);
  });

  it('judge a sensor in mmol/L beside one in mg/dL in whole mg/dL, and codes in either', () => {
    const inMmol = seriesFrom(everyMin(5, times(6, 10)), { unit: 'mmol/L' });
    const before = seriesFrom([{ min: -600, value: 120 }], { deviceKey: 2 });
    expect(glucoseEvents([inMmol, before], always, zone)!.events.hyperL1).toEqual([]);
    const within = { from: START_AT, to: START_AT + 3_600_000 };
    expect(glucoseEvents([inMmol, before], within, zone)!.events.hyperL1).toEqual([]);
    const codes = [
      ...everyMin(5, times(3, 10)),
      { min: 15, value: 'HIGH' as const },
      { min: 20, value: 'HIGH' as const },
    ];
    expect(eventsOf(codes, { unit: 'mmol/L' }).events.hyperL1).toEqual([]);
    expect(eventsOf([...codes, { min: 25, value: 'HIGH' }], { unit: 'mmol/L' }).events.hyperL2).toHaveLength(1);
  });

  it('are judged in whole mg/dL as soon as one number of the window came in mg/dL, at its first instant or its last', () => {
    const inMmol = seriesFrom(everyMin(5, [6, ...times(3, 3.8), ...times(3, 6)]), { unit: 'mmol/L' });
    const window = { from: START_AT, to: START_AT + 3_600_000 };
    const nadir = (min: number, value: Sample['value'] = 120) => {
      const other = seriesFrom([{ min, value }], { deviceKey: 2 });
      return glucoseEvents([inMmol, other], window, zone)!.events.hypoL1[0]!.extremeMgPerDl;
    };
    expect([-1, 60].map((min) => nadir(min))).toEqual([3.8 * 18.01559, 3.8 * 18.01559]);
    expect([0, 59].map((min) => nadir(min))).toEqual([68, 68]);
    expect([nadir(50, 'HIGH'), nadir(50, 'LOW')]).toEqual([3.8 * 18.01559, 3.8 * 18.01559]);
    const fractions = eventsOf(everyMin(5, [100, ...times(3, 68.5), ...times(3, 100)]));
    expect(fractions.events.hypoL1[0]!.extremeMgPerDl).toBe(68.5);
  });

  it('do not exist without a reading', () => {
    expect(glucoseEvents([], always, zone)).toBeUndefined();
    expect(glucoseEvents([seriesFrom(everyMin(5, [60]))], { from: 0, to: START_AT }, zone)).toBeUndefined();
  });

  it('begin with a reading at local midnight', () => {
    const midnight = everyMin(5, [...times(3, 60), ...times(3, 80)]).map(({ min, value }) => ({
      min: min - 480,
      value,
    }));
    expect(eventsOf(midnight).events.hypoL1.map(({ startAt }) => minutes(startAt))).toEqual([-480]);
  });
});

describe('gaps', () => {
  const around = (gapMin: number) => [
    ...everyMin(5, times(3, 65)),
    ...everyMin(5, [...times(3, 65), ...times(3, 75)]).map(({ min, value }) => ({ min: min + 10 + gapMin, value })),
  ];

  it('of up to 45 minutes are interpolated over, longer ones cut the event', () => {
    expect(eventsOf(around(45)).events.hypoL1).toMatchObject([{ minutes: 70 }]);
    const cut = eventsOf(around(50)).events.hypoL1;
    expect(cut.map(({ startAt, endAt, truncated }) => [minutes(startAt), minutes(endAt), truncated])).toEqual([
      [0, 15, 'gap'],
      [60, 75, undefined],
    ]);
  });

  it('at the end of the readings leave an event that may be going on', () => {
    const { events } = eventsOf(everyMin(5, [80, ...times(3, 65), 75, 75]));
    expect(events.hypoL1).toMatchObject([{ minutes: 25, truncated: 'data_end' }]);
  });

  it('feed no persistence: two slots on each side are no event', () => {
    expect(stretches('hypoL1', [60, 60, ...Array<undefined>(10).fill(undefined), 60, 60])).toEqual([]);
  });
});

describe('extended events', () => {
  it('of lows last longer than 120 minutes: 25 slots at 5 minutes, 9 at 15', () => {
    expect(stretches('hypoExtended', [...times(24, 69), ...times(3, 70)])).toEqual([]);
    expect(stretches('hypoExtended', [...times(25, 69), ...times(3, 70)])).toEqual([[0, 125]]);
    expect(stretches('hypoExtended', [...times(8, 69), 70], 15)).toEqual([]);
    expect(stretches('hypoExtended', [...times(9, 69), 70], 15)).toEqual([[0, 135]]);
  });

  it('of highs have 90 minutes above 250 within 120, together', () => {
    const split = (first: number, between: number, second: number) =>
      stretches('hyperExtended', [
        170,
        ...times(first, 251),
        ...times(between, 240),
        ...times(second, 251),
        ...times(3, 180),
      ]);
    expect(split(9, 6, 9)).toEqual([[5, 125]]);
    expect(split(9, 7, 9)).toEqual([]);
    expect(split(9, 2, 8)).toEqual([]);
    expect(stretches('hyperExtended', [...times(18, 250), ...times(3, 180)])).toEqual([]);
    expect(stretches('hyperExtended', [...times(6, 251), ...times(2, 180)], 15)).toEqual([[0, 90]]);
    expect(stretches('hyperExtended', [...times(5, 251), ...times(2, 180)], 15)).toEqual([]);
  });

  it('begin with the first slot of the two hours that hold enough', () => {
    const early = [251, ...times(10, 170), ...times(18, 251), ...times(3, 170)];
    expect(stretches('hyperExtended', early)).toEqual([[55, 145]]);
  });

  it('of highs end at 15 minutes of 180 or less, not at 250', () => {
    const until = (value: number) =>
      stretches('hyperExtended', [...times(18, 251), ...times(4, value), ...times(3, 170)]);
    expect(until(181)).toEqual([[0, 110]]);
    expect(until(180)).toEqual([[0, 90]]);
  });
});

describe('events a day', () => {
  it('are per recorded time: a gap of days is not recorded', () => {
    const low = [...times(3, 60), ...times(141, 100)];
    const halfDays = [
      ...everyMin(5, low),
      ...everyMin(5, low).map(({ min, value }) => ({ min: min + 7 * 1440, value })),
    ];
    const found = eventsOf(halfDays);
    expect(found.recordedDays).toBe(1);
    expect(eventsPerDay(found, 'hypoL1')).toBe(2);
  });

  it('count a day of readings up to 24:00 as one day', () => {
    const untilMidnight = everyMin(5, times(288, 100)).map(({ min, value }) => ({ min: min - 475, value }));
    expect(eventsOf(untilMidnight).recordedDays).toBe(1);
  });
});
