// What the life of an alert is made of: two independent facts, what the rules say (`signal`) and what people and timers made of it
// (`state`), and what can happen to them. Identity, patient and storage are others' business.
import type { Severity } from '../rules/rule.ts';

export const ALERT_STATES = ['open', 'acknowledged', 'snoozed', 'resolved', 'expired', 'retrospective'] as const;
export type AlertState = (typeof ALERT_STATES)[number];
export const ALERT_SIGNALS = ['firing', 'cleared'] as const;
export type AlertSignal = (typeof ALERT_SIGNALS)[number];

/** What a person says a closed alert has led to. */
export const OUTCOMES = [
  'called',
  'advice_given',
  'drug_changed',
  'visit_arranged',
  'referred',
  'device_fault',
  'false_alarm',
  'no_action',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Nobody looks at a cleared alert for this long: it expires (DESIGN §6). */
export const EXPIRES_AFTER_MS = 7 * 86_400_000;

/** A test of a team's alerting ends by itself. Operational. */
export const TEST_LASTS_MS = 2 * 3_600_000;

/** The part of an alert that lives. Instants are epoch ms. */
export interface AlertLife {
  readonly state: AlertState;
  readonly signal: AlertSignal;
  /** The highest of the reasons that fire; of those that fired last, once it has cleared. */
  readonly severity: Severity;
  /** The highest it ever had: what was urgent once waits for a person. */
  readonly peakSeverity: Severity;
  /** 1, and one more whenever people are told anew: a new episode, an urgent rise, a new team. */
  readonly occurrence: number;
  /** When the present occurrence began. */
  readonly firedAt: number;
  readonly clearedAt?: number | undefined;
  readonly acknowledgedAt?: number | undefined;
  readonly acknowledgedBy?: string | undefined;
  readonly snoozedUntil?: number | undefined;
  /** Severity when it was snoozed: what is worse breaks through. */
  readonly snoozedSeverity?: Severity | undefined;
  /** Where it returns to when the snooze is over. */
  readonly snoozedFrom?: 'open' | 'acknowledged' | undefined;
  readonly closedAt?: number | undefined;
  readonly closedBy?: string | undefined;
  readonly outcome?: Outcome | undefined;
}

/** All at an instant `at`, epoch ms. */
export type AlertEvent = { readonly at: number } & (
  | {
      /** What the rules say now, named by `nameSignalEvent`; `severity` is the highest of the firing reasons. */
      readonly type: 'reason_joined' | 'severity_rose' | 'severity_fell' | 'new_episode';
      readonly severity: Severity;
    }
  | { readonly type: 'all_clear' | 'snooze_ended' | 'expire' | 'test_ended' }
  /** Whoever took it over has given no outcome, reminder or not. */
  | { readonly type: 'acknowledgement_lapsed' }
  /** It was over before anybody was told. */
  | { readonly type: 'retrospective' }
  | { readonly type: 'acknowledge'; readonly by: string }
  | { readonly type: 'snooze'; readonly until: number }
  | { readonly type: 'resolve'; readonly by: string; readonly outcome: Outcome }
);
export type AlertEventType = AlertEvent['type'];

/** What follows from a transition, besides the new state. */
export const ALERT_EFFECTS = [
  /** Decide on a notification now, as of a new occurrence: urgent goes out at once. */
  'page',
  /** Show the present state wherever it is shown, and decide on a notification as usual. */
  'update',
  /** No further pages or escalation steps. */
  'stop_escalation',
  /** It closes without a person. */
  'resolve_itself',
  /** A successor with `previousAlertId` opens: this one is closed for good. */
  'open_next',
  /** An entry on the timeline. */
  'record',
] as const;
export type AlertEffect = (typeof ALERT_EFFECTS)[number];
