// Every counter of the alerting role. What Prometheus has a rule about begins at 0: a rise that begins with the first value is none to it.
import type { Counters } from '../runtime/counters.ts';
import { CONTACT_CHANNELS } from '../storage/registry/contact-channels.ts';

export type AlertingCounters = ReturnType<typeof createAlertingCounters>;

const LOOPS = [
  'signals',
  'timers',
  'notifications',
  'delivery',
  'audit',
  'fleets',
  'configuration',
  'handover',
] as const;
export type LoopName = (typeof LOOPS)[number];
/** What a ping comes to, but for what a network or a server answers besides. */
const PING_FATES = ['delivered', 'time_out', 'forbidden_address'];

export function createAlertingCounters(counters: Counters) {
  const declared = declareCounters(counters);
  for (const channel of Object.keys(CONTACT_CHANNELS)) {
    declared.settled.inc({ channel, status: 'failed' }, 0);
    declared.delay.zero({ channel });
  }
  for (const loop of LOOPS) declared.loops.inc({ loop }, 0);
  for (const fate of PING_FATES) declared.pings.inc({ fate }, 0);
  return declared;
}

function declareCounters(counters: Counters) {
  return {
    alerts: counters.counter('pulseward_alerts_total', 'Alerts that were opened, or only listed.', [
      'severity',
      'state',
    ]),
    decisions: counters.counter('pulseward_alert_decisions_total', 'Decisions about notifying, by their reason.', [
      'decision',
      'reason',
    ]),
    contactSkips: counters.counter(
      'pulseward_contact_skips_total',
      'Times an alert could not be sent to somebody of the team, or to nobody at all.',
      ['reason'],
    ),
    held: counters.counter(
      'pulseward_notifications_held_total',
      'Times people were not told at once of what is no emergency, by why; of an alert once for each reason.',
      ['reason'],
    ),
    digested: counters.counter(
      'pulseward_notifications_digested_total',
      'Notifications that were told in the message of another, by what brought them together.',
      ['company'],
    ),
    attempts: counters.counter('pulseward_notification_attempts_total', 'Attempts to deliver a notification.', [
      'channel',
      'fate',
    ]),
    settled: counters.counter('pulseward_notifications_total', 'Notifications that came to their end.', [
      'channel',
      'status',
    ]),
    delay: counters.histogram(
      'pulseward_notification_delay_seconds',
      'From the decision to notify to the delivery.',
      [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
      ['channel'],
    ),
    reconciled: counters.counter(
      'pulseward_reconciled_total',
      'Work that was found due in the tables, without a nudge.',
      ['what'],
    ),
    incidents: counters.counter('pulseward_team_incidents_total', "Incidents of a team's devices that began.", [
      'kind',
    ]),
    repaired: counters.counter(
      'pulseward_audit_repairs_total',
      'Alerts that no timer would have brought up again, and were given one.',
    ),
    pings: counters.counter(
      'pulseward_deadman_pings_total',
      'Times somebody outside was told that nothing is overdue.',
      ['fate'],
    ),
    overdue: counters.gauge(
      'pulseward_urgent_alerts_overdue',
      'Open urgent alerts whose timer has been due for a minute.',
    ),
    unapplied: counters.gauge(
      'pulseward_urgent_signals_overdue',
      'Urgent signals that have fired for a minute and that nobody has acted on.',
    ),
    unsent: counters.gauge(
      'pulseward_urgent_notifications_overdue',
      'Urgent notifications that have been due for two minutes and that nobody sends.',
    ),
    configurationProblems: counters.gauge(
      'pulseward_alerting_configuration_problems',
      'What teams have to mend in how they can be reached, by kind; counted every few minutes.',
      ['kind'],
    ),
    loops: counters.counter('pulseward_alerting_loop_failures_total', 'Rounds of a loop that failed.', ['loop']),
  };
}
