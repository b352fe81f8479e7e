import { describe, expect, it } from 'vitest';
import { checkSchedule } from './check-schedule.ts';
import type { OnCallSchedule } from './on-call-schedule.ts';

const MORNING = { from: '2026-11-22T08:00', to: '2026-11-22T12:00' };
const AFTERNOON = { from: '2026-11-22T12:00', to: '2026-11-22T18:00' };
const times = <T>(count: number, each: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => each(i));
const check = (more: Partial<OnCallSchedule>) =>
  checkSchedule({ timeZone: 'Asia/Shanghai', shifts: [], ...more }).map(({ field, detail }) => `${field}: ${detail}`);
const swap = (windows = [MORNING]) => ({ memberIds: ['a', 'b'], windows });
const absent = (i: number, span = MORNING) => ({ memberId: `m${i}`, ...span });

describe('at once', () => {
  it('twenty are on leave and not one more; who goes when others come back isn’t away with them', () => {
    expect(check({ leave: [...times(20, (i) => absent(i)), ...times(20, (i) => absent(i, AFTERNOON))] })).toEqual([]);
    expect(check({ leave: [...times(20, (i) => absent(i, AFTERNOON)), ...times(21, (i) => absent(i))] })).toEqual([
      expect.stringMatching(/^leave\/40: More than 20 are on leave at once: .*override/),
    ]);
  });

  it('twenty swaps hold and not one more', () => {
    expect(check({ swaps: times(20, () => swap([MORNING, AFTERNOON])) })).toEqual([]);
    expect(check({ swaps: times(21, () => swap()) })).toEqual([
      expect.stringMatching(/^swaps\/20: More than 20 swaps hold at once/),
    ]);
  });
});

describe('in all', () => {
  it('swaps have five hundred windows and not one more', () => {
    const windows = times(20, (i) => ({ from: `2026-12-${10 + i}T08:00`, to: `2026-12-${10 + i}T09:00` }));
    const monthly = (count: number) => [
      ...times(20, () => swap(windows)),
      ...times(count, () =>
        swap(windows.map(({ from, to }) => ({ from: from.replace('T08', 'T09'), to: to.replace('T09', 'T10') }))),
      ),
    ];
    expect(check({ swaps: monthly(5) })).toEqual([]);
    expect(check({ swaps: monthly(6) })).toEqual([
      expect.stringMatching(/^swaps\/25\/windows: .*more than 500 windows: drop those that have ended/),
    ]);
  });

  it('shifts name three hundred members and not one more', () => {
    const shift = (members: number) => ({ memberIds: times(members, (i) => `m${i}`), ...MORNING });
    expect(check({ shifts: times(3, () => shift(100)) })).toEqual([]);
    expect(check({ shifts: [...times(3, () => shift(100)), shift(1)] })).toEqual([
      expect.stringMatching(/^shifts\/3\/memberIds: All shifts together name more than 300 members/),
    ]);
  });
});
