import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../local-day.ts';
import type { BloodPressureReading } from '../reading.ts';
import { homeBloodPressure, isElevatedAtHome } from './home.ts';

const zone = 'Asia/Shanghai';
const firstDay = '2026-11-16';
const window = { from: Date.parse('2026-11-16T00:00:00+08:00'), to: Date.parse('2026-11-23T00:00:00+08:00') };

function measured(day: number, time: string, systolicMmHg: number, diastolicMmHg: number): BloodPressureReading {
  const at = Date.parse(`${addDays(firstDay, day - 1)}T${time}:00+08:00`);
  return {
    kind: 'bp',
    deviceKey: 7,
    at,
    measuredAt: at,
    receivedAt: at,
    flags: [],
    unit: 'mmHg',
    systolicMmHg,
    diastolicMmHg,
    receivedSystolic: systolicMmHg,
    receivedDiastolic: diastolicMmHg,
  };
}

/** Two readings in the morning and two in the evening. */
function dayOf(day: number, morning: [number, number], evening: [number, number] = morning): BloodPressureReading[] {
  return [
    measured(day, '07:00', ...morning),
    measured(day, '07:01', ...morning),
    measured(day, '19:00', ...evening),
    measured(day, '19:01', ...evening),
  ];
}

describe('the home blood-pressure protocol', () => {
  it('drops day 1 and averages all the rest', () => {
    const home = homeBloodPressure(
      [...dayOf(1, [180, 100]), ...dayOf(2, [130, 80]), ...dayOf(3, [134, 84])],
      window,
      zone,
    );
    expect(home).toMatchObject({
      sufficient: true,
      droppedDay: '2026-11-16',
      readingCount: 12,
      sessionCount: 6,
      daysWithData: 3,
      mean: { systolicMmHg: 132, diastolicMmHg: 82, readingCount: 8 },
      elevated: false,
    });
  });

  it('counts day 1 as the first day with a reading, not the first of the window', () => {
    const home = homeBloodPressure(
      [...dayOf(3, [190, 110]), ...dayOf(4, [130, 80]), ...dayOf(5, [130, 80])],
      window,
      zone,
    );
    expect(home).toMatchObject({ droppedDay: '2026-11-18', mean: { systolicMmHg: 130, diastolicMmHg: 80 } });
  });

  it('says nothing of means below 3 days, below 12 readings, or below 8 readings after day 1', () => {
    const twoDays = [...dayOf(1, [150, 90]), ...dayOf(2, [150, 90]), ...dayOf(2, [150, 90])];
    const elevenReadings = [...dayOf(1, [150, 90]), ...dayOf(2, [150, 90]), ...dayOf(3, [150, 90])].slice(1);
    const mostOnDayOne = [
      ...dayOf(1, [150, 90]),
      ...dayOf(1, [150, 90]),
      ...dayOf(2, [150, 90]),
      measured(3, '07:00', 150, 90),
    ];
    for (const readings of [twoDays, elevenReadings, mostOnDayOne]) {
      const home = homeBloodPressure(readings, window, zone);
      expect(home.sufficient).toBe(false);
      expect(home.mean ?? home.morning ?? home.elevated ?? home.systolicVariability).toBeUndefined();
      expect(home.readingCount).toBe(readings.length);
    }
  });

  it('judges the rounded mean: 134.5 shows as 135 and is elevated', () => {
    const home = homeBloodPressure(
      [...dayOf(1, [120, 70]), ...dayOf(2, [134, 84]), ...dayOf(3, [135, 84])],
      window,
      zone,
    );
    expect(home).toMatchObject({ mean: { systolicMmHg: 135, diastolicMmHg: 84 }, elevated: true });
  });

  it('separates morning from evening by the patient’s clock and notes a high morning', () => {
    const days = [1, 2, 3].flatMap((day) => dayOf(day, [150, 86], [124, 78]));
    expect(homeBloodPressure(days, window, zone)).toMatchObject({
      mean: { systolicMmHg: 137, diastolicMmHg: 82 },
      morning: { systolicMmHg: 150, diastolicMmHg: 86, readingCount: 4 },
      evening: { systolicMmHg: 124, diastolicMmHg: 78, readingCount: 4 },
      morningElevated: true,
      morningEveningDifferenceMmHg: 26,
      morningEveningNote: true,
    });
  });

  it('notes a morning 20 mmHg above the evening from a mean of 135 on', () => {
    const note = (morning: number, evening: number) =>
      homeBloodPressure(
        [1, 2, 3].flatMap((day) => dayOf(day, [morning, 80], [evening, 80])),
        window,
        zone,
      ).morningEveningNote;
    expect([note(145, 125), note(144, 125), note(144, 124)]).toEqual([true, false, false]);
  });

  it('takes 04:00–09:59 as morning and 17:00–23:59 as evening', () => {
    const edges = ['03:59', '04:00', '09:59', '10:00', '16:59', '17:00', '23:59', '12:00'];
    const readings = [
      ...dayOf(1, [130, 80]),
      ...edges.map((time) => measured(2, time, 130, 80)),
      ...dayOf(3, [130, 80]),
    ];
    const home = homeBloodPressure(
      readings.sort((a, b) => a.measuredAt - b.measuredAt),
      window,
      zone,
    );
    expect([home.morning?.readingCount, home.evening?.readingCount, home.mean?.readingCount]).toEqual([4, 4, 12]);
  });

  it('leaves out what lies before the window or at its end', () => {
    const inside = [measured(1, '00:00', 130, 80), ...[1, 2, 3].flatMap((day) => dayOf(day, [130, 80]))];
    const outside = [measured(0, '23:59', 200, 120), ...inside, measured(8, '00:00', 200, 120)];
    expect(homeBloodPressure(inside, window, zone).readingCount).toBe(13);
    expect(homeBloodPressure(outside, window, zone)).toEqual(homeBloodPressure(inside, window, zone));
  });

  it('without a reading is insufficient and has no day to drop', () => {
    expect(homeBloodPressure([], window, zone)).toEqual({
      ...window,
      timeZone: zone,
      readingCount: 0,
      sessionCount: 0,
      daysWithData: 0,
      sufficient: false,
    });
  });

  it('never reports a mean outside what was measured after day 1', () => {
    const pressure = fc.tuple(fc.integer({ min: 90, max: 220 }), fc.integer({ min: 40, max: 89 }));
    fc.assert(
      fc.property(fc.array(pressure, { minLength: 2, maxLength: 6 }), (days) => {
        const readings = [...dayOf(1, [260, 130]), ...days.flatMap((pair, index) => dayOf(index + 2, pair))];
        const systolic = days.map(([s]) => s);
        const { mean } = homeBloodPressure(readings, { from: window.from, to: window.to + 86_400_000 }, zone);
        expect(mean!.systolicMmHg).toBeGreaterThanOrEqual(Math.min(...systolic));
        expect(mean!.systolicMmHg).toBeLessThanOrEqual(Math.max(...systolic));
      }),
    );
  });
});

describe('the home line', () => {
  it('is 135 or 85, both included', () => {
    const elevated = [
      [134, 84],
      [135, 84],
      [134, 85],
    ].map(([s, d]) => isElevatedAtHome({ systolicMmHg: s!, diastolicMmHg: d! }));
    expect(elevated).toEqual([false, true, true]);
  });
});
