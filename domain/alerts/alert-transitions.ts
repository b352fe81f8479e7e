// What each event makes of each state of an alert, as one table (DESIGN §6). A row holds where all that it names holds; the first
// that holds counts; every cell has one (a test walks them all).
import type { AlertEffect, AlertEventType, AlertSignal, AlertState } from './alert-life.ts';

export interface AlertTransition {
  readonly on: AlertEventType;
  /** Absent: any. */
  readonly state?: readonly AlertState[];
  readonly signal?: AlertSignal;
  /** Of the severity that fires now; where nothing fires, of the highest the alert ever had. */
  readonly urgent?: boolean;
  readonly snoozedFrom?: 'open' | 'acknowledged';
  /** Absent: unchanged. */
  readonly to?: AlertState;
  readonly effects: readonly AlertEffect[];
  readonly reason: string;
}

const CLOSED = ['resolved', 'expired', 'retrospective'] as const;
const UNCLOSED = ['open', 'acknowledged', 'snoozed'] as const;

export const ALERT_TRANSITIONS: readonly AlertTransition[] = [
  // What is closed never comes back: it gets a successor, or hears nothing.
  { on: 'new_episode', state: CLOSED, effects: ['open_next', 'record'], reason: 'closed_before' },
  { on: 'severity_rose', state: CLOSED, effects: ['open_next', 'record'], reason: 'closed_before' },
  { on: 'reason_joined', state: CLOSED, effects: ['record'], reason: 'already_closed' },
  { on: 'severity_fell', state: CLOSED, effects: ['record'], reason: 'already_closed' },
  { on: 'all_clear', signal: 'cleared', effects: [], reason: 'cleared_already' },
  { on: 'all_clear', state: CLOSED, effects: ['record'], reason: 'cleared_after_closing' },

  // Who took over something lesser has not taken over this, and it breaks through a snooze.
  { on: 'severity_rose', urgent: true, to: 'open', effects: ['page', 'record'], reason: 'severity_rose' },
  { on: 'severity_rose', to: 'open', effects: ['update', 'record'], reason: 'severity_rose' },
  { on: 'severity_fell', effects: ['update', 'record'], reason: 'severity_fell' },
  // A new reason without a rise in severity sends nothing (DESIGN §7, webhook).
  { on: 'reason_joined', effects: ['update', 'record'], reason: 'reason_joined' },

  // A running snooze holds. Else a new episode is told anew, whoever had taken over the one before.
  { on: 'new_episode', state: ['snoozed'], effects: ['update', 'record'], reason: 'snoozed' },
  { on: 'new_episode', urgent: true, to: 'open', effects: ['page', 'record'], reason: 'episode_new' },
  { on: 'new_episode', to: 'open', effects: ['update', 'record'], reason: 'episode_new' },

  {
    on: 'all_clear',
    state: ['acknowledged'],
    effects: ['stop_escalation', 'update', 'record'],
    reason: 'cleared_with_owner',
  },
  {
    on: 'all_clear',
    state: ['snoozed'],
    snoozedFrom: 'acknowledged',
    effects: ['stop_escalation', 'update', 'record'],
    reason: 'cleared_with_owner',
  },
  { on: 'all_clear', urgent: true, effects: ['stop_escalation', 'update', 'record'], reason: 'cleared_to_review' },
  {
    on: 'all_clear',
    to: 'resolved',
    effects: ['stop_escalation', 'resolve_itself', 'update', 'record'],
    reason: 'cleared_by_itself',
  },

  { on: 'acknowledge', state: ['acknowledged'], effects: [], reason: 'acknowledged_already' },
  {
    on: 'acknowledge',
    state: ['open', 'snoozed'],
    to: 'acknowledged',
    effects: ['stop_escalation', 'update', 'record'],
    reason: 'acknowledged',
  },
  { on: 'acknowledge', effects: [], reason: 'already_closed' },

  {
    on: 'acknowledgement_lapsed',
    state: ['acknowledged'],
    signal: 'firing',
    urgent: true,
    to: 'open',
    effects: ['page', 'record'],
    reason: 'no_outcome_given',
  },
  // It is over, and would have closed when it cleared had nobody owned it.
  {
    on: 'acknowledgement_lapsed',
    state: ['acknowledged'],
    signal: 'cleared',
    urgent: false,
    to: 'resolved',
    effects: ['resolve_itself', 'update', 'record'],
    reason: 'no_outcome_given',
  },
  {
    on: 'acknowledgement_lapsed',
    state: ['acknowledged'],
    to: 'open',
    effects: ['update', 'record'],
    reason: 'no_outcome_given',
  },
  { on: 'acknowledgement_lapsed', effects: [], reason: 'not_acknowledged' },

  { on: 'snooze', state: ['snoozed'], effects: ['update', 'record'], reason: 'snooze_moved' },
  {
    on: 'snooze',
    state: ['open', 'acknowledged'],
    to: 'snoozed',
    effects: ['stop_escalation', 'update', 'record'],
    reason: 'snoozed',
  },
  { on: 'snooze', effects: [], reason: 'already_closed' },
  {
    on: 'snooze_ended',
    state: ['snoozed'],
    snoozedFrom: 'acknowledged',
    to: 'acknowledged',
    effects: ['update', 'record'],
    reason: 'snooze_ended',
  },
  {
    on: 'snooze_ended',
    state: ['snoozed'],
    signal: 'firing',
    urgent: true,
    to: 'open',
    effects: ['page', 'record'],
    reason: 'snooze_ended',
  },
  { on: 'snooze_ended', state: ['snoozed'], to: 'open', effects: ['update', 'record'], reason: 'snooze_ended' },
  { on: 'snooze_ended', effects: [], reason: 'not_snoozed' },

  // An outcome is welcome as long as nobody gave one: also for what was only listed, or has expired.
  {
    on: 'resolve',
    state: UNCLOSED,
    to: 'resolved',
    effects: ['stop_escalation', 'update', 'record'],
    reason: 'outcome_given',
  },
  {
    on: 'resolve',
    state: ['expired', 'retrospective'],
    to: 'resolved',
    effects: ['update', 'record'],
    reason: 'outcome_given',
  },
  { on: 'resolve', effects: [], reason: 'already_closed' },

  {
    on: 'expire',
    state: UNCLOSED,
    signal: 'cleared',
    to: 'expired',
    effects: ['update', 'record'],
    reason: 'not_reviewed',
  },
  { on: 'expire', state: UNCLOSED, effects: [], reason: 'still_firing' },
  { on: 'expire', effects: [], reason: 'already_closed' },
  {
    on: 'test_ended',
    state: UNCLOSED,
    to: 'expired',
    effects: ['stop_escalation', 'update', 'record'],
    reason: 'test_over',
  },
  { on: 'test_ended', effects: [], reason: 'already_closed' },

  {
    on: 'retrospective',
    state: ['open'],
    to: 'retrospective',
    effects: ['stop_escalation', 'record'],
    reason: 'over_before_told',
  },
  { on: 'retrospective', state: ['acknowledged', 'snoozed'], effects: [], reason: 'has_owner' },
  { on: 'retrospective', effects: [], reason: 'already_closed' },
];
