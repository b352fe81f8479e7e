import { expect, test } from 'vitest';
import { type EarlierAlert, isDealtWith, type RunningEpisode } from './dealt-with.ts';

const CLOSED_AT = 1_000;
const closed: EarlierAlert = { state: 'resolved', closedAt: CLOSED_AT, firing: true, severity: 'critical' };
const low: RunningEpisode = { severity: 'critical' };

test('what a person closed while it fired is dealt with, as long as nothing more is known of it', () => {
  expect(isDealtWith(low, [closed])).toBe(true);
  expect(isDealtWith({ ...low, freshAt: CLOSED_AT }, [closed])).toBe(true);
  expect(isDealtWith(low, [])).toBe(false);
});

test('a doctor who closes a low that still runs hears of it again with the next reading that shows it', () => {
  expect(isDealtWith({ ...low, freshAt: CLOSED_AT + 1 }, [closed])).toBe(false);
});

test('a warning that goes on is not told again: nothing about it is new', () => {
  const warning = { ...closed, severity: 'warning' } as const;
  expect(isDealtWith({ severity: 'warning', freshAt: CLOSED_AT + 1 }, [warning])).toBe(true);
});

test('what got worse was not dealt with', () => {
  expect(isDealtWith(low, [{ ...closed, severity: 'warning' }])).toBe(false);
});

test('what was clear when the alert was closed, or was only listed, was not dealt with', () => {
  expect(isDealtWith(low, [{ ...closed, firing: false }])).toBe(false);
  expect(isDealtWith(low, [{ ...closed, state: 'retrospective' }])).toBe(false);
});

test('the alert that was closed last counts', () => {
  const again = { ...closed, closedAt: CLOSED_AT + 500 };
  expect(isDealtWith({ ...low, freshAt: CLOSED_AT + 300 }, [closed, again])).toBe(true);
  expect(isDealtWith({ ...low, freshAt: CLOSED_AT + 600 }, [closed, again])).toBe(false);
});
