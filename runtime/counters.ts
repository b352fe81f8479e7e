// A process's counters, gauges and histograms (Prometheus). A role declares all of its own in one file, `<role>-counters.ts`.
// Processes don't listen for scrapes: the supervisor collects their snapshots over IPC and the dashboards role prints them (peers.ts).
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One metric with its values, as plain data that can cross a process boundary. */
export type MetricSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];

/** Names start with `pulseward_`, carry their unit, and counters end in `_total`. A name declared twice is the same metric. */
export interface Counters {
  counter(name: string, help: string, labels?: readonly string[]): Counter<string>;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge<string>;
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): Histogram<string>;
  snapshot(): Promise<MetricSnapshot[]>;
}

export interface CountersOptions {
  /** Becomes the label `role` of every value. */
  readonly part: string;
  /** CPU, memory, event loop lag and garbage collection of this process; off in unit tests. */
  readonly processMetrics?: boolean;
}

export function createCounters({ part, processMetrics = false }: CountersOptions): Counters {
  const registry = new Registry();
  registry.setDefaultLabels({ role: part });
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];

  return {
    counter(name, help, labels = []) {
      const known = registry.getSingleMetric(name);
      if (known instanceof Counter) return known;
      return new Counter({ name, help, labelNames: [...labels], registers });
    },
    gauge(name, help, labels = []) {
      const known = registry.getSingleMetric(name);
      if (known instanceof Gauge) return known;
      return new Gauge({ name, help, labelNames: [...labels], registers });
    },
    histogram(name, help, buckets, labels = []) {
      const known = registry.getSingleMetric(name);
      if (known instanceof Histogram) return known;
      return new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers });
    },
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

/** The Prometheus text of several processes' snapshots; values are told apart by their label `role`. */
export function printMetrics(snapshots: readonly (readonly MetricSnapshot[])[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot])).metrics();
}
