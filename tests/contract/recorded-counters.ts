// Every metric that the code declares, by declaring them all: what a query may ask for.
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { createBrokerCounters } from '../../broker/broker-counters.ts';
import { createReadinessGauges } from '../../dashboards/dashboards-counters.ts';
import { createIngestCounters } from '../../ingest/ingest-counters.ts';
import { readConfig } from '../../runtime/config.ts';
import { type Counters, createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import { createSupervisor } from '../../runtime/supervisor/supervisor.ts';

export interface RecordedMetric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** The labels of each series that is there before anything has happened. */
  readonly begun: readonly Readonly<Record<string, unknown>>[];
}

/** By name, as declared. */
export async function recordMetrics(): Promise<ReadonlyMap<string, RecordedMetric>> {
  const recorded = new Map<string, Omit<RecordedMetric, 'begun'>>();
  const real = createCounters({ part: 'test', processMetrics: true });
  for (const { name } of await real.snapshot()) recorded.set(name, { kind: 'gauge', labels: [] });
  const counters: Counters = {
    counter(name, help, labels = []) {
      recorded.set(name, { kind: 'counter', labels });
      return real.counter(name, help, labels);
    },
    gauge(name, help, labels = []) {
      recorded.set(name, { kind: 'gauge', labels });
      return real.gauge(name, help, labels);
    },
    histogram(name, help, buckets, labels = []) {
      recorded.set(name, { kind: 'histogram', labels });
      return real.histogram(name, help, buckets, labels);
    },
    snapshot: () => real.snapshot(),
  };
  createBrokerCounters(counters);
  createIngestCounters(counters);
  createAlertingCounters(counters);
  createReadinessGauges(counters);
  createSupervisor({
    config: readConfig({ env: {} }),
    script: '',
    log: createLog({ part: 'test', level: 'error' }),
    counters,
  });
  const begun = new Map((await real.snapshot()).map(({ name, values }) => [name, values.map(({ labels }) => labels)]));
  return new Map([...recorded].map(([name, metric]) => [name, { ...metric, begun: begun.get(name) ?? [] }]));
}
