import { expect, test } from 'vitest';
import type { AlertLife } from './alert-life.ts';
import { nameSignalEvent } from './name-signal-event.ts';

const open: AlertLife = {
  state: 'open',
  signal: 'firing',
  severity: 'warning',
  peakSeverity: 'warning',
  occurrence: 1,
  firedAt: 0,
};
const cleared: AlertLife = { ...open, signal: 'cleared' };
const nothingNew = { hasNewEpisode: false, hasNewReason: false };
const nameOf = (alert: AlertLife, severity: Parameters<typeof nameSignalEvent>[1]['severity'], news = {}) =>
  nameSignalEvent(alert, { severity, ...nothingNew, ...news }, 1)?.type;

test('the same reasons at the same severity are no event', () => {
  expect(nameOf(open, 'warning')).toBeUndefined();
  expect(nameOf(cleared, undefined)).toBeUndefined();
});

test('no reason any more: all clear', () => {
  expect(nameOf(open, undefined)).toBe('all_clear');
});

test('a reason that joins without a rise is only that; with a rise it is the rise', () => {
  expect(nameOf(open, 'warning', { hasNewReason: true })).toBe('reason_joined');
  expect(nameOf(open, 'critical', { hasNewReason: true })).toBe('severity_rose');
});

test('what fires after a clear is a new episode, unless it is worse than anything before', () => {
  expect(nameOf(cleared, 'warning')).toBe('new_episode');
  expect(nameOf(cleared, 'critical')).toBe('severity_rose');
});

test('a fall, and the return to what people know already', () => {
  const known: AlertLife = { ...open, severity: 'critical', peakSeverity: 'critical' };
  expect(nameOf(known, 'warning')).toBe('severity_fell');
  expect(nameOf({ ...known, severity: 'warning' }, 'critical')).toBe('reason_joined');
});

test('a snooze is broken by what is worse than when it was snoozed', () => {
  const snoozed: AlertLife = { ...open, state: 'snoozed', snoozedSeverity: 'warning', peakSeverity: 'critical' };
  expect(nameOf(snoozed, 'critical')).toBe('severity_rose');
  expect(nameOf({ ...snoozed, snoozedSeverity: 'critical' }, 'critical')).toBe('reason_joined');
});

test('a confirmed low after a silence, while the alert still fires, is a new episode', () => {
  expect(nameOf({ ...open, state: 'acknowledged' }, 'warning', { hasNewEpisode: true })).toBe('new_episode');
});

test('a closed alert hears of new episodes, new reasons and what got worse, not of what its closer saw', () => {
  const resolved: AlertLife = { ...open, state: 'resolved' };
  expect(nameOf(resolved, 'warning')).toBeUndefined();
  expect(nameOf(resolved, 'warning', { hasNewEpisode: true })).toBe('new_episode');
  expect(nameOf(resolved, 'warning', { hasNewReason: true })).toBe('new_episode');
  expect(nameOf(resolved, 'critical')).toBe('severity_rose');
});
