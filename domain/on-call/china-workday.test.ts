import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isWorkday2026 } from '../../tests/on-call/state-council-2026.ts';
import { isChinaWorkday, isHolidayYearKnown } from './china-workday.ts';

describe('a day of work in the PRC', () => {
  // 国务院办公厅关于2026年部分节假日安排的通知 (国办发明电〔2025〕7号)
  it.each([
    ['2026-02-14', true, 'a Saturday made up for'],
    ['2026-02-16', false, 'a Monday of the Spring Festival'],
    ['2026-10-07', false, 'a Wednesday of the National Day'],
    ['2026-10-10', true, 'a Saturday made up for'],
    ['2026-11-21', false, 'a Saturday'],
    ['2026-11-23', true, 'a Monday'],
  ])('%s: %s, %s', (day, works) => {
    expect(isChinaWorkday(day)).toBe(works);
  });

  it.each(['America/Los_Angeles', 'Asia/Shanghai', 'Pacific/Kiritimati'])(
    'of 2026 is as the State Council says where the process runs in %s',
    (zone) => {
      const script = `
      import { isChinaWorkday } from './china-workday.ts';
      const works = (i) => isChinaWorkday(new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10));
      console.log(Array.from({ length: 365 }, (_, i) => (works(i) ? 'w' : '-')).join(''));`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        env: { TZ: zone },
        encoding: 'utf8',
      });
      const expected = Array.from({ length: 365 }, (_, i) =>
        isWorkday2026(new Date(Date.UTC(2026, 0, 1 + i))) ? 'w' : '-',
      );
      expect(output.trim()).toBe(expected.join(''));
    },
  );

  it('is known for the years that were published', () => {
    expect([2004, 2025, 2026].map(isHolidayYearKnown)).toEqual([true, true, true]);
    expect([2003, 2098].map(isHolidayYearKnown)).toEqual([false, false]);
  });
});
