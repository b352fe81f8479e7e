import { expect, test } from 'vitest';
import { type Trouble, uniteTroubles } from './device-trouble.ts';

const trouble = (startAt: number, completedAt: number, endAt?: number, more: Partial<Trouble> = {}): Trouble => ({
  startAt,
  completedAt,
  ...(endAt !== undefined && { endAt }),
  reason: 'jumps',
  evidence: [],
  ...more,
});

test('what overlaps is one, from the first beginning to the last end', () => {
  expect(uniteTroubles([trouble(5, 6, 20), trouble(0, 1, 10)])).toMatchObject([
    { startAt: 0, completedAt: 1, endAt: 20 },
  ]);
  expect(uniteTroubles([trouble(0, 1), trouble(5, 6, 20)])[0]).not.toHaveProperty('endAt');
});

test('what ends as the next begins is two', () => {
  expect(uniteTroubles([trouble(0, 1, 10), trouble(10, 11, 20)])).toHaveLength(2);
  expect(uniteTroubles([trouble(0, 1, 11), trouble(10, 11, 20)])).toHaveLength(1);
});

test('it is told by what completed first; of two at once by what began first', () => {
  const reasons = (troubles: Trouble[]) =>
    uniteTroubles(troubles).map(({ reason, completedAt }) => [reason, completedAt]);
  expect(reasons([trouble(0, 9, 20), trouble(5, 6, 20, { reason: 'flat_line' })])).toEqual([['flat_line', 6]]);
  expect(reasons([trouble(0, 9, 20), trouble(5, 9, 20, { reason: 'flat_line' })])).toEqual([['jumps', 9]]);
});

test('its newest sign in time is that of either; of two late ones there is none', () => {
  expect(uniteTroubles([trouble(0, 1, 10, { freshAt: 4 }), trouble(5, 6, 20)])).toMatchObject([{ freshAt: 4 }]);
  expect(uniteTroubles([trouble(0, 1, 10), trouble(5, 6, 20)])[0]).not.toHaveProperty('freshAt');
});
