import { expect, test } from 'vitest';
import { dayIndexOf, historyDays } from './history-days.ts';

const ZONE = 'America/New_York';
// Clocks are put forward on 2026-03-08.
const FROM = Date.parse('2026-03-07T00:00:00-05:00');
const NOW = Date.parse('2026-03-09T12:00:00-04:00');

test('days begin at local midnight, also where one of them has 23 hours', () => {
  const { name, startAt } = historyDays(FROM, NOW, ZONE);
  expect(name).toEqual(['2026-03-07', '2026-03-08', '2026-03-09']);
  expect(startAt).toEqual([FROM, Date.parse('2026-03-08T00:00:00-05:00'), Date.parse('2026-03-09T00:00:00-04:00')]);
  expect(historyDays(FROM, NOW + 1, ZONE)).toBe(historyDays(FROM, NOW, ZONE));
});

test('midnight belongs to the day that begins with it', () => {
  const days = historyDays(FROM, NOW, ZONE);
  expect(days.startAt.map((at) => dayIndexOf(days, at))).toEqual([0, 1, 2]);
  expect(days.startAt.map((at) => dayIndexOf(days, at - 1))).toEqual([-1, 0, 1]);
  expect(dayIndexOf(days, NOW)).toBe(2);
});
