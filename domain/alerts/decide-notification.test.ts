import { describe, expect, test } from 'vitest';
import type { AlertLife } from './alert-life.ts';
import { decideNotification, type NotificationQuestion, type Told } from './decide-notification.ts';
import { idempotencyKey } from './idempotency-key.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FIRED_AT = 10 * HOUR;
const critical: AlertLife = {
  state: 'open',
  signal: 'firing',
  severity: 'critical',
  peakSeverity: 'critical',
  occurrence: 1,
  firedAt: FIRED_AT,
};
const warning: AlertLife = { ...critical, severity: 'warning', peakSeverity: 'warning' };
const decide = (alert: AlertLife, afterMs: number, more: Partial<NotificationQuestion> = {}) =>
  decideNotification({ alert, now: FIRED_AT + afterMs, ...more });
const told = (afterMs: number, more: Partial<Told> = {}): Told => ({
  kind: 'opened',
  severity: 'critical',
  occurrence: 1,
  at: FIRED_AT + afterMs,
  ...more,
});

describe('the first notification', () => {
  test('of what is urgent goes out at once', () => {
    expect(decide(critical, 0)).toEqual({
      decision: 'send',
      kind: 'opened',
      scope: 'start',
      step: 0,
      reason: 'first_notification',
    });
  });

  test('of what isn’t waits 30 s for company', () => {
    expect(decide(warning, 0)).toEqual({ decision: 'wait', reason: 'grouping', nextDueAt: FIRED_AT + 30_000 });
    expect(decide(warning, 30_000)).toEqual({
      decision: 'send',
      kind: 'opened',
      scope: 'start',
      step: 0,
      reason: 'first_notification',
    });
  });

  test('never of what is retrospective', () => {
    expect(decide({ ...critical, state: 'retrospective' }, 0).decision).toBe('hold');
  });
});

describe('while it is open', () => {
  test('an urgent one is told again every 15 min, counted', () => {
    expect(decide(critical, 14 * MINUTE, { told: told(0) })).toEqual({
      decision: 'wait',
      reason: 'repeat_interval',
      nextDueAt: FIRED_AT + 15 * MINUTE,
    });
    expect(decide(critical, 15 * MINUTE, { told: told(0) })).toMatchObject({ kind: 'reminder', step: 1 });
    expect(
      decide(critical, 30 * MINUTE, { told: told(15 * MINUTE, { kind: 'reminder' }), reminders: 1 }),
    ).toMatchObject({
      kind: 'reminder',
      step: 2,
      reason: 'repeat_interval_elapsed',
    });
  });

  test('the rules’ own interval counts where they have one', () => {
    expect(decide(critical, 31 * MINUTE, { told: told(0), repeatMs: 2 * HOUR }).decision).toBe('wait');
  });

  describe('a warning whose rules say how often', () => {
    const every30 = { repeatMs: 30 * MINUTE };
    const toldAt = (more: Partial<Told> = {}) => told(30_000, { severity: 'warning', ...more });

    test('is told again at that interval, counted, as long as nobody has taken it over', () => {
      const before = decide(warning, 30 * MINUTE, { ...every30, told: toldAt() });
      expect(before).toEqual({
        decision: 'wait',
        reason: 'repeat_interval',
        nextDueAt: FIRED_AT + 30_000 + 30 * MINUTE,
      });
      expect(decide(warning, 31 * MINUTE, { ...every30, told: toldAt() })).toMatchObject({
        kind: 'reminder',
        scope: 'again',
        step: 1,
        reason: 'repeat_interval_elapsed',
      });
      const owned: AlertLife = { ...warning, state: 'acknowledged' };
      expect(decide(owned, HOUR, { ...every30, told: toldAt() }).decision).toBe('hold');
      const aside: AlertLife = { ...warning, state: 'snoozed', snoozedUntil: FIRED_AT + 2 * HOUR };
      expect(decide(aside, HOUR, { ...every30, told: toldAt() })).toMatchObject({
        reason: 'snoozed',
        nextDueAt: FIRED_AT + 2 * HOUR,
      });
      const over: AlertLife = { ...warning, signal: 'cleared', clearedAt: FIRED_AT + MINUTE };
      expect(decide(over, HOUR, { ...every30, told: toldAt() })).toMatchObject({ kind: 'cleared' });
    });

    test('isn’t, where it was told in digests alone', () => {
      expect(decide(warning, HOUR, { ...every30, told: toldAt({ isDigest: true }) })).toEqual({
        decision: 'hold',
        reason: 'nothing_due',
      });
    });

    test('is told again no sooner than its first message', () => {
      expect(decide(warning, 0, every30)).toMatchObject({ reason: 'grouping' });
    });
  });

  test('a warning whose rules don’t is told once', () => {
    expect(decide(warning, 24 * HOUR, { told: told(30_000, { severity: 'warning' }) })).toEqual({
      decision: 'hold',
      reason: 'nothing_due',
    });
  });

  test('a rise is told at once, a fall is not', () => {
    expect(decide(critical, MINUTE, { told: told(30_000, { severity: 'warning' }) })).toMatchObject({
      kind: 'changed',
      reason: 'severity_rose',
    });
    expect(decide({ ...critical, severity: 'warning' }, MINUTE, { told: told(0) }).decision).toBe('wait');
  });

  test('what was urgent once and is owned by nobody is told again although it is less so now', () => {
    expect(decide({ ...critical, severity: 'warning' }, 15 * MINUTE, { told: told(0) })).toMatchObject({
      kind: 'reminder',
    });
  });
});

describe('once somebody owns it or puts it aside', () => {
  test('acknowledged: nothing more', () => {
    expect(decide({ ...critical, state: 'acknowledged' }, HOUR, { told: told(0) })).toEqual({
      decision: 'hold',
      reason: 'acknowledged',
    });
  });

  test('snoozed: asked again when it ends, and then told, however lately it was told before', () => {
    const snoozed: AlertLife = { ...warning, state: 'snoozed', snoozedUntil: FIRED_AT + HOUR };
    expect(decide(snoozed, MINUTE, { told: told(0) })).toMatchObject({ decision: 'wait', nextDueAt: FIRED_AT + HOUR });
    expect(decide(critical, MINUTE, { told: told(0), reminders: 2, pageNow: true })).toMatchObject({
      kind: 'reminder',
      step: 3,
      reason: 'snooze_ended',
    });
  });
});

describe('the end', () => {
  test('is told to those who heard of the beginning, once', () => {
    const clear: AlertLife = { ...critical, signal: 'cleared', clearedAt: FIRED_AT + HOUR };
    expect(decide(clear, HOUR, { told: told(0) })).toMatchObject({ kind: 'cleared', reason: 'all_clear' });
    expect(decide(clear, HOUR, { told: told(HOUR, { kind: 'cleared' }) }).decision).toBe('hold');
    expect(decide(clear, HOUR)).toEqual({ decision: 'hold', reason: 'nobody_was_told' });
    const closed: AlertLife = { ...clear, state: 'resolved' };
    expect(decide(closed, HOUR, { told: told(0) })).toMatchObject({ kind: 'closed', reason: 'resolved' });
  });
});

describe('a new episode of the same alert', () => {
  const again = (alert: AlertLife): AlertLife => ({
    ...alert,
    occurrence: 2,
    firedAt: FIRED_AT,
    clearedAt: FIRED_AT - HOUR,
  });
  const toldBefore = (severity: Told['severity']) => told(-HOUR, { kind: 'cleared', severity });

  test('that is urgent is told at once, whatever the cooldown', () => {
    expect(
      decide(again(critical), 0, { told: toldBefore('critical'), cooledDownAt: FIRED_AT + 3 * HOUR }),
    ).toMatchObject({
      decision: 'send',
      kind: 'changed',
      reason: 'told_anew',
    });
  });

  test('that isn’t waits until its rules have cooled down', () => {
    const cooling = { told: toldBefore('warning'), cooledDownAt: FIRED_AT + 3 * HOUR };
    expect(decide(again(warning), MINUTE, cooling)).toEqual({
      decision: 'wait',
      reason: 'cooldown',
      nextDueAt: FIRED_AT + 3 * HOUR,
    });
    expect(decide(again(warning), 3 * HOUR, cooling).decision).toBe('send');
  });
});

test('a key names one notification to one contact: each part of it tells it from others, the moment of sending doesn’t', () => {
  const identity = {
    alertId: 'a',
    contactId: 'c',
    occurrence: 1,
    kind: 'reminder',
    severity: 'critical',
    step: 2,
  } as const;
  expect(idempotencyKey(identity)).toBe('a.1.reminder.critical.2.c');
  const others = [
    { ...identity, alertId: 'b' },
    { ...identity, contactId: 'd' },
    { ...identity, occurrence: 2 },
    { ...identity, kind: 'changed' as const },
    { ...identity, severity: 'emergency' as const },
    { ...identity, step: 3 },
  ];
  expect(new Set([identity, ...others].map(idempotencyKey)).size).toBe(7);
});
