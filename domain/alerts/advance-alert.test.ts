import { describe, expect, test } from 'vitest';
import type { Severity } from '../rules/rule.ts';
import { advanceAlert, isClosed } from './advance-alert.ts';
import type { AlertEvent, AlertEventType, AlertLife, AlertSignal } from './alert-life.ts';
import { ALERT_SIGNALS } from './alert-life.ts';

const NOW = 1_000_000;
const URGENT = { true: 'critical', false: 'warning' } as const satisfies Record<string, Severity>;

/** The seven states that differ for the table: a snooze remembers where it returns to. */
const STATES = {
  open: { state: 'open' },
  acknowledged: { state: 'acknowledged', acknowledgedAt: 5, acknowledgedBy: 'doctor' },
  snoozed: { state: 'snoozed', snoozedFrom: 'open', snoozedUntil: NOW, snoozedSeverity: 'critical' },
  'snoozed by its owner': {
    state: 'snoozed',
    snoozedFrom: 'acknowledged',
    snoozedUntil: NOW,
    snoozedSeverity: 'critical',
    acknowledgedAt: 5,
    acknowledgedBy: 'doctor',
  },
  resolved: { state: 'resolved', closedAt: 9, closedBy: 'doctor', outcome: 'called' },
  expired: { state: 'expired', closedAt: 9 },
  retrospective: { state: 'retrospective', closedAt: 9 },
} as const satisfies Record<string, Partial<AlertLife>>;
type StateName = keyof typeof STATES;
const STATE_NAMES = Object.keys(STATES) as StateName[];

function alertIn(name: StateName, signal: AlertSignal = 'firing', severity: Severity = 'critical'): AlertLife {
  const cleared = signal === 'cleared' ? { clearedAt: 7 } : {};
  return { signal, severity, peakSeverity: severity, occurrence: 1, firedAt: 1, ...cleared, ...STATES[name] };
}

function eventOf(type: AlertEventType, severity: Severity = 'critical'): AlertEvent {
  switch (type) {
    case 'reason_joined':
    case 'severity_rose':
    case 'severity_fell':
    case 'new_episode':
      return { type, severity, at: NOW };
    case 'acknowledge':
      return { type, by: 'nurse', at: NOW };
    case 'snooze':
      return { type, until: NOW + 60, at: NOW };
    case 'resolve':
      return { type, by: 'nurse', outcome: 'advice_given', at: NOW };
    default:
      return { type, at: NOW };
  }
}

/**
 * Each cell: state after the event, and what is done beside the record. A row is one text for all, or four: firing and urgent, firing
 * and routine, cleared and urgent, cleared and routine. `-`: nothing happens.
 */
type Row = string | readonly [string, string, string, string];
const both = (urgent: string, routine: string): Row => [urgent, routine, urgent, routine];
const bySignal = (firing: string, cleared: string): Row => [firing, firing, cleared, cleared];
const CLOSED_ALERTS = (row: Row) => ({ resolved: row, expired: row, retrospective: row });

const CELLS: Record<AlertEventType, Record<StateName, Row>> = {
  reason_joined: {
    open: 'open update',
    acknowledged: 'acknowledged update',
    snoozed: 'snoozed update',
    'snoozed by its owner': 'snoozed update',
    ...CLOSED_ALERTS('same'),
  },
  severity_rose: {
    open: both('open page', 'open update'),
    acknowledged: both('open page', 'open update'),
    snoozed: both('open page', 'open update'),
    'snoozed by its owner': both('open page', 'open update'),
    ...CLOSED_ALERTS('same open_next'),
  },
  severity_fell: {
    open: 'open update',
    acknowledged: 'acknowledged update',
    snoozed: 'snoozed update',
    'snoozed by its owner': 'snoozed update',
    ...CLOSED_ALERTS('same'),
  },
  new_episode: {
    open: both('open page', 'open update'),
    acknowledged: both('open page', 'open update'),
    snoozed: 'snoozed update',
    'snoozed by its owner': 'snoozed update',
    ...CLOSED_ALERTS('same open_next'),
  },
  all_clear: {
    open: ['open stop_escalation update', 'resolved stop_escalation resolve_itself update', '-', '-'],
    acknowledged: bySignal('acknowledged stop_escalation update', '-'),
    snoozed: ['snoozed stop_escalation update', 'resolved stop_escalation resolve_itself update', '-', '-'],
    'snoozed by its owner': bySignal('snoozed stop_escalation update', '-'),
    ...CLOSED_ALERTS(bySignal('same', '-')),
  },
  acknowledge: {
    open: 'acknowledged stop_escalation update',
    acknowledged: '-',
    snoozed: 'acknowledged stop_escalation update',
    'snoozed by its owner': 'acknowledged stop_escalation update',
    ...CLOSED_ALERTS('-'),
  },
  acknowledgement_lapsed: {
    open: '-',
    acknowledged: ['open page', 'open update', 'open update', 'resolved resolve_itself update'],
    snoozed: '-',
    'snoozed by its owner': '-',
    ...CLOSED_ALERTS('-'),
  },
  snooze: {
    open: 'snoozed stop_escalation update',
    acknowledged: 'snoozed stop_escalation update',
    snoozed: 'snoozed update',
    'snoozed by its owner': 'snoozed update',
    ...CLOSED_ALERTS('-'),
  },
  snooze_ended: {
    open: '-',
    acknowledged: '-',
    snoozed: ['open page', 'open update', 'open update', 'open update'],
    'snoozed by its owner': 'acknowledged update',
    ...CLOSED_ALERTS('-'),
  },
  resolve: {
    open: 'resolved stop_escalation update',
    acknowledged: 'resolved stop_escalation update',
    snoozed: 'resolved stop_escalation update',
    'snoozed by its owner': 'resolved stop_escalation update',
    resolved: '-',
    expired: 'resolved update',
    retrospective: 'resolved update',
  },
  expire: {
    open: bySignal('-', 'expired update'),
    acknowledged: bySignal('-', 'expired update'),
    snoozed: bySignal('-', 'expired update'),
    'snoozed by its owner': bySignal('-', 'expired update'),
    ...CLOSED_ALERTS('-'),
  },
  test_ended: {
    open: 'expired stop_escalation update',
    acknowledged: 'expired stop_escalation update',
    snoozed: 'expired stop_escalation update',
    'snoozed by its owner': 'expired stop_escalation update',
    ...CLOSED_ALERTS('-'),
  },
  retrospective: {
    open: 'retrospective stop_escalation',
    acknowledged: '-',
    snoozed: '-',
    'snoozed by its owner': '-',
    ...CLOSED_ALERTS('-'),
  },
};

const cells = (Object.keys(CELLS) as AlertEventType[]).flatMap((type) =>
  STATE_NAMES.flatMap((name) =>
    ALERT_SIGNALS.flatMap((signal) =>
      (['true', 'false'] as const).map((urgent) => {
        const row = CELLS[type][name];
        const column = (signal === 'cleared' ? 2 : 0) + (urgent === 'true' ? 0 : 1);
        return { type, name, signal, severity: URGENT[urgent], expected: typeof row === 'string' ? row : row[column]! };
      }),
    ),
  ),
);

describe('every cell of the table', () => {
  test.each(cells)('$type while $name, $signal, $severity: $expected', ({ type, name, signal, severity, expected }) => {
    const before = alertIn(name, signal, severity);
    const { alert, effects, reason } = advanceAlert(before, eventOf(type, severity));
    expect(reason).not.toBe('');
    if (expected === '-') {
      expect({ alert, effects }).toEqual({ alert: before, effects: [] });
      return;
    }
    const [to, ...done] = expected.split(' ');
    expect(alert.state).toBe(to === 'same' ? before.state : to);
    expect(effects).toEqual([...done, 'record']);
  });

  test('a closed alert never comes back', () => {
    for (const { type, name, signal, severity } of cells) {
      const before = alertIn(name, signal, severity);
      if (isClosed(before)) expect(isClosed(advanceAlert(before, eventOf(type, severity)).alert)).toBe(true);
    }
  });

  test('an urgent alert that fires is paged, owned, put aside for a time, or closed by a person: never merely quiet', () => {
    for (const { type, name, signal } of cells.filter(({ severity }) => severity === 'critical')) {
      const before = alertIn(name, signal);
      const { alert, effects } = advanceAlert(before, eventOf(type));
      if (alert.signal !== 'firing' || alert.state !== 'open') continue;
      const wasPagedBefore = before.state === 'open' && before.signal === 'firing';
      if (!wasPagedBefore && type !== 'reason_joined' && type !== 'severity_fell') expect(effects).toContain('page');
    }
  });

  test.each(['acknowledge', 'resolve', 'expire', 'all_clear', 'snooze_ended', 'retrospective'] as const)(
    '%s twice is as good as once',
    (type) => {
      for (const name of STATE_NAMES) {
        const once = advanceAlert(alertIn(name), eventOf(type)).alert;
        expect(advanceAlert(once, eventOf(type))).toMatchObject({ alert: once, effects: [] });
      }
    },
  );
});

describe('what an alert remembers', () => {
  test('firing again is a new occurrence, and whoever owned the last one doesn’t own it', () => {
    const { alert } = advanceAlert(alertIn('acknowledged', 'cleared'), eventOf('new_episode'));
    expect(alert).toMatchObject({ state: 'open', signal: 'firing', occurrence: 2, firedAt: NOW });
    expect(alert.acknowledgedBy).toBeUndefined();
  });

  test('an urgent rise is told anew, and so an occurrence of its own each time; a routine one is not', () => {
    const rise = (from: Severity, to: Severity) =>
      advanceAlert(alertIn('open', 'firing', from), eventOf('severity_rose', to)).alert.occurrence;
    expect(rise('warning', 'critical')).toBe(2);
    expect(rise('critical', 'emergency')).toBe(2);
    expect(rise('info', 'warning')).toBe(1);
  });

  test('a snooze of its owner ends as nobody’s where it fired again meanwhile', () => {
    const again = advanceAlert(alertIn('snoozed by its owner', 'cleared'), eventOf('new_episode')).alert;
    expect(again).toMatchObject({ state: 'snoozed', snoozedUntil: NOW, occurrence: 2 });
    expect(advanceAlert(again, eventOf('snooze_ended'))).toMatchObject({
      alert: { state: 'open' },
      effects: ['page', 'record'],
    });
  });

  test('a critical low that turned into a warning still waits for a person when it clears', () => {
    const fell = advanceAlert(alertIn('open'), eventOf('severity_fell', 'warning')).alert;
    expect(fell).toMatchObject({ severity: 'warning', peakSeverity: 'critical' });
    expect(advanceAlert(fell, eventOf('all_clear'))).toMatchObject({
      alert: { state: 'open', signal: 'cleared', clearedAt: NOW },
      reason: 'cleared_to_review',
    });
  });

  test('an outcome, who gave it and when', () => {
    expect(advanceAlert(alertIn('open'), eventOf('resolve')).alert).toMatchObject({
      state: 'resolved',
      closedAt: NOW,
      closedBy: 'nurse',
      outcome: 'advice_given',
    });
  });

  test('when it was resolved while firing and clears later, both', () => {
    const { alert } = advanceAlert(alertIn('resolved'), eventOf('all_clear'));
    expect(alert).toMatchObject({ state: 'resolved', signal: 'cleared', closedAt: 9, clearedAt: NOW });
  });
});
