// Everything the broker counts. Hot ones are raised once per commit, not per message.
import type { Counters } from '../runtime/counters.ts';

export type BrokerCounters = ReturnType<typeof createBrokerCounters>;

export function createBrokerCounters(counters: Counters) {
  const counter = (name: string, help: string, labels: readonly string[] = []) =>
    counters.counter(`pulseward_broker_${name}_total`, help, labels);
  return {
    connections: counters.gauge('pulseward_broker_connections', 'Signed-in MQTT connections'),
    sockets: counters.gauge('pulseward_broker_sockets', 'Open MQTT sockets, signed in or not'),
    signIns: counter('sign_ins', 'MQTT sign-ins by result', ['result']),
    closed: counter('closed_connections', 'Connections the broker closed, by reason', ['reason']),
    messages: counter('messages', 'Messages that are safe in the journal'),
    tooLarge: counter('too_large_messages', 'Messages over 256 KiB, of which the beginning was kept'),
    notBound: counter('not_bound_messages', "Gateways' messages on a topic of a device that is not bound to them"),
    delayed: counter('delayed_messages', 'Messages held back by the rate limit of their device'),
    abandoned: counter('abandoned_messages', 'Messages given up after 30 s without a commit; their senders send again'),
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
