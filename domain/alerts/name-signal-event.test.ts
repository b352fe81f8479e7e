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
const nameOf = (alert: AlertLife, severity: Parameters<typeof nameSignalEvent>[1]['severity'], news = {}) =>
  nameSignalEvent(alert, { severity, continuing: alert.severity, hasNewReason: false, ...news }, 1)?.type;

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

test('a fall; and what is worse than what fires now is a rise, however bad it has been before', () => {
  const known: AlertLife = { ...open, severity: 'critical', peakSeverity: 'critical' };
  expect(nameOf(known, 'warning')).toBe('severity_fell');
  // SMBG-01 was taken over and is clear, CGM-02 goes on, CGM-01 fires.
  const fallen: AlertLife = { ...known, state: 'acknowledged', severity: 'warning' };
  expect(nameOf(fallen, 'critical', { continuing: 'warning', hasNewReason: true })).toBe('severity_rose');
  expect(nameOf(fallen, 'warning')).toBeUndefined();
});

test('the same fall and rise seen in one step is a rise, too', () => {
  const known: AlertLife = { ...open, state: 'acknowledged', severity: 'critical', peakSeverity: 'critical' };
  expect(nameOf(known, 'critical', { continuing: 'warning', hasNewReason: true })).toBe('severity_rose');
});

test('a snooze is broken by what is worse than when it was snoozed', () => {
  const snoozed: AlertLife = { ...open, state: 'snoozed', snoozedSeverity: 'warning', peakSeverity: 'critical' };
  expect(nameOf(snoozed, 'critical')).toBe('severity_rose');
  expect(nameOf({ ...snoozed, snoozedSeverity: 'critical' }, 'warning', { hasNewReason: true })).toBe('reason_joined');
});

test('what was less for a while and is as bad again while it is put off is a new episode, in one step or two', () => {
  const putOff: AlertLife = { ...open, state: 'snoozed', snoozedSeverity: 'critical', peakSeverity: 'critical' };
  const news = { continuing: 'warning', hasNewReason: true };
  expect(nameOf({ ...putOff, severity: 'critical' }, 'critical', news)).toBe('new_episode');
  expect(nameOf({ ...putOff, severity: 'warning' }, 'critical', news)).toBe('new_episode');
  expect(nameOf({ ...putOff, severity: 'critical' }, 'critical', { ...news, continuing: 'critical' })).toBe(
    'reason_joined',
  );
  const lesser: AlertLife = { ...open, state: 'snoozed', snoozedSeverity: 'warning', severity: 'info' };
  expect(nameOf(lesser, 'warning', { continuing: 'info', hasNewReason: true })).toBe('reason_joined');
});

test('a confirmed low after a silence, while the alert still fires, is a new episode', () => {
  expect(nameOf({ ...open, state: 'acknowledged' }, 'warning', { continuing: undefined })).toBe('new_episode');
});
