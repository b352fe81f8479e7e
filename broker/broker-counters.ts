// Everything the broker counts. Hot ones are raised once per commit, not per message.
import type { Counters } from '../runtime/counters.ts';

export type BrokerCounters = ReturnType<typeof createBrokerCounters>;

/** Declared below at 0, because a rise that begins with the first value is none to Prometheus. */
const UNAVAILABLE = ['journal_unavailable', 'registry_unavailable'] as const;

export function createBrokerCounters(counters: Counters) {
  const counter = (name: string, help: string, labels: readonly string[] = []) =>
    counters.counter(`pulseward_broker_${name}_total`, help, labels);
  const signIns = counter('sign_ins', 'MQTT sign-ins by result', ['result']);
  signIns.inc({ result: 'unavailable' }, 0);
  const abandoned = counter(
    'abandoned_messages',
    'Messages given up after 30 s without a commit, or without a registry that says whose they are; their senders send again',
    ['reason'],
  );
  for (const reason of UNAVAILABLE) abandoned.inc({ reason }, 0);
  return {
    connections: counters.gauge('pulseward_broker_connections', 'Signed-in MQTT connections'),
    sockets: counters.gauge('pulseward_broker_sockets', 'Open MQTT sockets, signed in or not'),
    signIns,
    closed: counter('closed_connections', 'Connections the broker closed, by reason', ['reason']),
    messages: counter('messages', 'Messages that are safe in the journal'),
    tooLarge: counter('too_large_messages', 'Messages over 256 KiB, of which the beginning was kept'),
    notBound: counter('not_bound_messages', "Gateways' messages on a topic of a device that is not bound to them"),
    delayed: counter('delayed_messages', 'Messages held back by the rate limit of their device'),
    abandoned,
    appendFailures: counter('append_failures', 'Attempts to append to the journal that failed'),
    appendSeconds: counters.histogram(
      'pulseward_broker_append_seconds',
      'Duration of a commit to the journal',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    ),
    downlinks: counter('downlinks', 'Messages sent to devices and teams, by kind', ['kind']),
    downlinkFailures: counter('downlink_failures', 'Attempts to read what is due to devices and teams that failed', [
      'kind',
    ]),
  };
}
