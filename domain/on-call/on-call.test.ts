import { describe, expect, it } from 'vitest';
import { onCallAt, onCallBetween } from './on-call.ts';
import type { OnCallSchedule } from './on-call-schedule.ts';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(text);
const DAY = { memberIds: ['lin', 'chen'], from: '2026-11-02T08:00', to: '2026-11-02T18:00', rrule: 'FREQ=DAILY' };
const NIGHT = { memberIds: ['wang'], from: '2026-11-02T18:00', to: '2026-11-03T08:00', rrule: 'FREQ=DAILY' };
const plan = (more: Partial<OnCallSchedule> = {}): OnCallSchedule => ({
  timeZone: 'Asia/Shanghai',
  shifts: [DAY, NIGHT],
  ...more,
});
const named = (schedule: OnCallSchedule, text: string) => onCallAt(schedule, at(text)).members.map((m) => m.memberId);
const berlinNight = (from: string, to: string): OnCallSchedule => ({
  timeZone: 'Europe/Berlin',
  shifts: [{ memberIds: ['weber'], from, to, rrule: 'FREQ=DAILY' }],
});
const spansOf = (schedule: OnCallSchedule, from: string, to: string) =>
  onCallBetween(schedule, at(from), at(to))
    .filter(({ gap }) => gap === undefined)
    .map((span) => [new Date(span.from).toISOString(), new Date(span.to).toISOString()]);

describe('shifts', () => {
  it('name their members in the order in which they are called, and the shift as the reason', () => {
    expect(onCallAt(plan(), at('2026-11-22T09:00+08:00'))).toEqual({
      members: [
        { memberId: 'lin', shift: 0, layer: 0 },
        { memberId: 'chen', shift: 0, layer: 0 },
      ],
    });
  });

  it('begin at their first moment and end before their last', () => {
    expect(named(plan(), '2026-11-22T17:59:59.999+08:00')).toEqual(['lin', 'chen']);
    expect(named(plan(), '2026-11-22T18:00+08:00')).toEqual(['wang']);
  });

  it('leave a gap that is seen as such, before the first and where nothing is planned', () => {
    expect(onCallAt(plan(), at('2026-11-02T07:59+08:00'))).toEqual({ members: [], gap: 'no_shift' });
    expect(onCallAt(plan({ shifts: [DAY] }), at('2026-11-22T02:10+08:00'))).toEqual({ members: [], gap: 'no_shift' });
    expect(onCallAt(plan({ shifts: [] }), at('2026-11-22T02:10+08:00'))).toEqual({ members: [], gap: 'no_shift' });
  });

  it('that overlap in one layer are both on call, each member once', () => {
    const shifts = [DAY, { ...DAY, memberIds: ['chen', 'zhao'], from: '2026-11-02T12:00' }];
    expect(named(plan({ shifts }), '2026-11-22T13:00+08:00')).toEqual(['lin', 'chen', 'zhao']);
  });

  it('of a higher layer cover the lower ones, only for as long as they last', () => {
    const holiday = { memberIds: ['zhao'], from: '2026-11-22T10:00', to: '2026-11-22T12:00', layer: 2 };
    const schedule = plan({ shifts: [holiday, DAY, NIGHT] });
    expect(named(schedule, '2026-11-22T10:00+08:00')).toEqual(['zhao']);
    expect(named(schedule, '2026-11-22T12:00+08:00')).toEqual(['lin', 'chen']);
  });

  it('on workdays include a Saturday made up for, and leave out a holiday in the week', () => {
    const shifts = [{ ...DAY, from: '2026-01-01T08:00', to: '2026-01-01T18:00', on: 'workdays' as const }];
    expect(named(plan({ shifts }), '2026-10-10T09:00+08:00')).toEqual(['lin', 'chen']);
    expect(named(plan({ shifts }), '2026-10-05T09:00+08:00')).toEqual([]);
  });

  it('that begin on a holiday go on into the workday after it', () => {
    const shifts = [{ ...NIGHT, from: '2026-01-01T18:00', to: '2026-01-02T08:00', on: 'holidays' as const }];
    expect(named(plan({ shifts }), '2026-10-08T07:59+08:00')).toEqual(['wang']);
    expect(named(plan({ shifts }), '2026-10-08T19:00+08:00')).toEqual([]);
  });

  it.each([
    ['20261122', '2026-11-22T19:00+08:00', '2026-11-23T19:00+08:00'],
    ['20261122T180000', '2026-11-22T19:00+08:00', '2026-11-23T19:00+08:00'],
    ['20261122T100000Z', '2026-11-22T19:00+08:00', '2026-11-23T19:00+08:00'],
    ['20261122T095959Z', '2026-11-21T19:00+08:00', '2026-11-22T19:00+08:00'],
  ])('until %s have their last time then and not the day after', (until, last, after) => {
    const schedule = plan({ shifts: [{ ...NIGHT, rrule: `FREQ=DAILY;UNTIL=${until}` }] });
    expect(named(schedule, last)).toEqual(['wang']);
    expect(named(schedule, after)).toEqual([]);
  });
});

describe('where clocks change', () => {
  it('a night is an hour shorter in March and an hour longer in October', () => {
    const schedule = berlinNight('2026-01-01T18:00', '2026-01-02T08:00');
    expect(spansOf(schedule, '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([
      ['2026-03-28T17:00:00.000Z', '2026-03-29T06:00:00.000Z'],
    ]);
    expect(spansOf(schedule, '2026-10-24T12:00Z', '2026-10-25T12:00Z')).toEqual([
      ['2026-10-24T16:00:00.000Z', '2026-10-25T07:00:00.000Z'],
    ]);
  });

  it('a shift from a time that doesn’t exist begins when the clock jumps over it, and is not lost', () => {
    expect(
      spansOf(berlinNight('2026-01-01T02:30', '2026-01-01T06:00'), '2026-03-28T12:00Z', '2026-03-29T12:00Z'),
    ).toEqual([['2026-03-29T01:00:00.000Z', '2026-03-29T04:00:00.000Z']]);
  });

  it('a shift from a time that exists twice begins the first time', () => {
    expect(
      spansOf(berlinNight('2026-01-01T02:30', '2026-01-01T06:00'), '2026-10-24T12:00Z', '2026-10-25T12:00Z'),
    ).toEqual([['2026-10-25T00:30:00.000Z', '2026-10-25T05:00:00.000Z']]);
  });

  it('a shift that lies wholly in the hour that is left out doesn’t take place that night', () => {
    expect(
      spansOf(berlinNight('2026-01-01T02:15', '2026-01-01T02:45'), '2026-03-28T12:00Z', '2026-03-29T12:00Z'),
    ).toEqual([]);
  });

  it('two shifts that meet at such a time leave neither gap nor overlap', () => {
    const shifts = [
      { memberIds: ['a'], from: '2026-01-01T14:30', to: '2026-01-02T02:30', rrule: 'FREQ=DAILY' },
      { memberIds: ['b'], from: '2026-01-01T02:30', to: '2026-01-01T14:30', rrule: 'FREQ=DAILY' },
    ];
    for (const day of ['2026-03-29', '2026-10-25']) {
      const intervals = onCallBetween({ timeZone: 'Europe/Berlin', shifts }, at(`${day}T00:00Z`), at(`${day}T06:00Z`));
      expect(intervals.map(({ members }) => members.map(({ memberId }) => memberId))).toEqual([['a'], ['b']]);
    }
  });
});

describe('changes to the plan', () => {
  const swaps = [
    {
      memberIds: ['wang', 'lin'],
      windows: [
        { from: '2026-11-22T18:00', to: '2026-11-23T08:00' },
        { from: '2026-11-24T08:00', to: '2026-11-24T18:00' },
      ],
    },
  ];

  it('a swap gives each the other’s duty in its windows, and says so', () => {
    const schedule = plan({ swaps });
    expect(onCallAt(schedule, at('2026-11-22T19:00+08:00')).members).toEqual([
      { memberId: 'lin', shift: 1, layer: 0, swap: { swap: 0, insteadOf: 'wang' } },
    ]);
    expect(named(schedule, '2026-11-24T09:00+08:00')).toEqual(['wang', 'chen']);
    expect(named(schedule, '2026-11-23T19:00+08:00')).toEqual(['wang']);
  });

  it('leave passes the duty to who covers, and says whose it was', () => {
    const leave = [{ memberId: 'wang', from: '2026-11-22T00:00', to: '2026-11-24T00:00', coveredBy: ['zhao', 'lin'] }];
    expect(onCallAt(plan({ leave }), at('2026-11-22T19:00+08:00')).members).toEqual([
      { memberId: 'zhao', shift: 1, layer: 0, leave: { leaves: [0], insteadOf: 'wang' } },
      { memberId: 'lin', shift: 1, layer: 0, leave: { leaves: [0], insteadOf: 'wang' } },
    ]);
    expect(named(plan({ leave }), '2026-11-24T00:00+08:00')).toEqual(['wang']);
  });

  it('leave of who took over by a swap counts as well', () => {
    const leave = [{ memberId: 'lin', from: '2026-11-22T00:00', to: '2026-11-24T00:00', coveredBy: ['zhao'] }];
    expect(onCallAt(plan({ swaps, leave }), at('2026-11-22T19:00+08:00')).members).toEqual([
      {
        memberId: 'zhao',
        shift: 1,
        layer: 0,
        swap: { swap: 0, insteadOf: 'wang' },
        leave: { leaves: [0], insteadOf: 'lin' },
      },
    ]);
  });

  it('a duty goes on along those who cover one another, and ends with nobody where they all are away', () => {
    const away = { from: '2026-11-22T00:00', to: '2026-11-24T00:00' };
    const leave = [
      { memberId: 'wang', coveredBy: ['zhao'], ...away },
      { memberId: 'zhao', coveredBy: ['wang'], ...away },
    ];
    expect(onCallAt(plan({ leave }), at('2026-11-22T19:00+08:00'))).toEqual({ members: [], gap: 'all_on_leave' });
    const ended = [leave[0]!, { memberId: 'zhao', coveredBy: ['zhou'], ...away }];
    expect(named(plan({ leave: ended }), '2026-11-22T19:00+08:00')).toEqual(['zhou']);
  });

  it('forty who all are away and all cover each other cost no time', () => {
    const ids = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const leave = ids.map((memberId) => ({
      memberId,
      coveredBy: ids.filter((id) => id !== memberId),
      from: '2026-11-22T00:00',
      to: '2026-11-24T00:00',
    }));
    const shifts = [{ ...NIGHT, memberIds: ids }];
    expect(onCallAt(plan({ shifts, leave }), at('2026-11-22T19:00+08:00')).gap).toBe('all_on_leave');
  });

  it('where everybody of a covering layer is away, the layer below is on call', () => {
    const leave = [{ memberId: 'zhao', from: '2026-11-22T00:00', to: '2026-11-24T00:00' }];
    const shifts = [NIGHT, { ...NIGHT, memberIds: ['zhao'], layer: 1 }];
    expect(named(plan({ shifts, leave }), '2026-11-22T19:00+08:00')).toEqual(['wang']);
  });

  it('an override holds over layers, swaps and leave; of two the later', () => {
    const span = { from: '2026-11-22T18:00', to: '2026-11-23T08:00' };
    const schedule = plan({
      swaps,
      leave: [{ memberId: 'zhou', ...span }],
      overrides: [
        { memberIds: ['zhao'], ...span },
        { memberIds: ['zhou'], from: '2026-11-22T20:00', to: '2026-11-22T22:00' },
      ],
    });
    expect(onCallAt(schedule, at('2026-11-22T19:00+08:00')).members).toEqual([{ memberId: 'zhao', override: 0 }]);
    expect(onCallAt(schedule, at('2026-11-22T21:00+08:00')).members).toEqual([{ memberId: 'zhou', override: 1 }]);
    expect(named(schedule, '2026-11-22T22:00+08:00')).toEqual(['zhao']);
  });
});

describe('work is bounded', () => {
  it('a range is a little over a year at most, and not empty', () => {
    expect(() => onCallBetween(plan(), 0, 401 * 24 * HOUR_MS)).toThrow(/too long: 400 days/);
    expect(() => onCallBetween(plan(), 5, 5)).toThrow(/empty/);
  });

  it('a shift that began long before the range is still on call', () => {
    const shifts = [{ memberIds: ['wang'], from: '2026-01-01T00:00', to: '2026-12-31T00:00' }];
    expect(named(plan({ shifts }), '2026-11-22T19:00+08:00')).toEqual(['wang']);
  });

  it.each(['FREQ=DAILY;COUNT=99999', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=WEEKLY;BYDAY=9XX'])(
    '%s, stored before it was checked, costs next to nothing and takes nobody else’s duty',
    (rrule) => {
      const shifts = [
        { ...NIGHT, memberIds: ['nobody'], from: '1970-01-01T18:00', to: '1970-01-02T08:00', rrule },
        NIGHT,
      ];
      const startedMs = performance.now();
      expect(named(plan({ shifts }), '2026-11-22T19:00+08:00')).toEqual(['wang']);
      // node-rrule searches for 30 February for 16 s.
      expect(performance.now() - startedMs).toBeLessThan(2000);
    },
  );
});
