// A year of on-call against a calculation that shares no code with ours: dates by node-rrule, the clock by luxon, public holidays from
// the State Council's notice; quarter of an hour by quarter of an hour, in two zones.
import { DateTime } from 'luxon';
import rrulePackage from 'rrule';
import { describe, expect, it } from 'vitest';
import { isWorkday2026 } from '../../tests/on-call/state-council-2026.ts';
import { onCallAt, onCallBetween } from './on-call.ts';
import type { OnCallSchedule, Shift } from './on-call-schedule.ts';

const { RRule } = rrulePackage;
const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;

const SHIFTS: readonly Shift[] = [
  // The ward: by day on workdays, by day on holidays, at night two members by turns of a week.
  { memberIds: ['day'], from: '2026-01-01T08:00', to: '2026-01-01T18:00', rrule: 'FREQ=DAILY', on: 'workdays' },
  {
    memberIds: ['weekend', 'lead'],
    from: '2026-01-01T08:00',
    to: '2026-01-01T18:00',
    rrule: 'FREQ=DAILY',
    on: 'holidays',
  },
  {
    memberIds: ['night-a'],
    from: '2025-12-29T18:00',
    to: '2025-12-30T08:00',
    rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR,SA,SU;WKST=MO',
  },
  {
    memberIds: ['night-b'],
    from: '2026-01-05T18:00',
    to: '2026-01-06T08:00',
    rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR,SA,SU;WKST=MO',
  },
  // Over both, where clocks change: begins and ends at times that exist twice, or not at all.
  {
    memberIds: ['small-hours'],
    from: '2026-01-03T01:15',
    to: '2026-01-03T02:30',
    rrule: 'FREQ=WEEKLY;BYDAY=SA,SU',
    layer: 1,
  },
  {
    memberIds: ['after-hours'],
    from: '2026-01-03T02:30',
    to: '2026-01-03T04:45',
    rrule: 'FREQ=WEEKLY;BYDAY=SU;UNTIL=20261108T000000Z',
    layer: 1,
  },
  {
    memberIds: ['specialist'],
    from: '2026-01-30T12:00',
    to: '2026-01-31T12:00',
    rrule: 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=10',
    layer: 2,
  },
];

/** Who is on call in each quarter of the year. A wall-clock time counts as passed once the clock has shown it or a later one. */
function independentYear(timeZone: string): string[] {
  const span = { from: new Date('2025-12-25T00:00Z'), to: new Date('2027-01-05T00:00Z') };
  const planned = SHIFTS.map(({ from, to, rrule = '', on = 'every' }) => {
    const first = new Date(`${from}Z`);
    const lasts = new Date(`${to}Z`).getTime() - first.getTime();
    // 8 November 00:00 UTC is 01:00 in Berlin and 08:00 in Shanghai: the Sunday of that day is in for the one, past for the other.
    const wallUntil = DateTime.fromISO('2026-11-08T00:00Z').setZone(timeZone).toFormat("yyyyMMdd'T'HHmmss'Z'");
    const parsed = RRule.parseString(rrule.replace(/UNTIL=\w+/, `UNTIL=${wallUntil}`));
    return new RRule({ ...parsed, dtstart: first })
      .between(span.from, span.to, true)
      .filter((start) => on === 'every' || isWorkday2026(start) === (on === 'workdays'))
      .map((start) => [start.getTime(), start.getTime() + lasts] as const);
  });
  const yearStart = DateTime.fromISO('2026-01-01', { zone: timeZone }).toMillis();
  const yearEnd = DateTime.fromISO('2027-01-01', { zone: timeZone }).toMillis();
  const quarters: string[] = [];
  let furthestShown = Number.NEGATIVE_INFINITY;
  for (let at = yearStart; at < yearEnd; at += QUARTER_MS) {
    const shown = DateTime.fromMillis(at, { zone: timeZone }).toFormat("yyyy-MM-dd'T'HH:mm");
    furthestShown = Math.max(furthestShown, Date.parse(`${shown}Z`));
    const holding = SHIFTS.filter((_, i) =>
      planned[i]!.some(([from, to]) => from <= furthestShown && furthestShown < to),
    );
    const top = Math.max(...holding.map(({ layer = 0 }) => layer));
    quarters.push(
      holding
        .filter(({ layer = 0 }) => layer === top)
        .flatMap(({ memberIds }) => memberIds)
        .join(),
    );
  }
  return quarters;
}

describe.each(['Asia/Shanghai', 'Europe/Berlin'])('a year of on-call in %s', (timeZone) => {
  const schedule: OnCallSchedule = { timeZone, shifts: SHIFTS };
  const yearStart = DateTime.fromISO('2026-01-01', { zone: timeZone }).toMillis();
  const yearEnd = DateTime.fromISO('2027-01-01', { zone: timeZone }).toMillis();
  const intervals = onCallBetween(schedule, yearStart, yearEnd);

  it('names in every quarter of an hour whom an independent calculation names', () => {
    const expected = independentYear(timeZone);
    const ours = expected.map((_, i) => {
      const at = yearStart + i * QUARTER_MS;
      return intervals
        .find(({ from, to }) => from <= at && at < to)
        ?.members.map(({ memberId }) => memberId)
        .join();
    });
    const wrong = expected.flatMap((members, i) =>
      members === ours[i] ? [] : [`${new Date(yearStart + i * QUARTER_MS).toISOString()}: ${members}, not ${ours[i]}`],
    );
    expect(wrong).toEqual([]);
    expect(expected).toHaveLength(365 * 96);
    expect(new Set(expected)).toContain('small-hours');
  });

  it('says the same at an instant as over the range', () => {
    for (const { from, to, ...onCall } of intervals.filter((_, i) => i % 7 === 0)) {
      expect(onCallAt(schedule, from)).toEqual(onCall);
      expect(onCallAt(schedule, to - 1)).toEqual(onCall);
    }
  });

  it('has the 8,760 hours of a year, without a gap', () => {
    expect(intervals.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(8760 * HOUR_MS);
    expect(intervals.filter(({ gap }) => gap !== undefined)).toEqual([]);
  });
});
