// What the dashboards role counts.
import type { FastifyInstance } from 'fastify';
import type { Counters } from '../runtime/counters.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Streams that stay open are counted when they end, and not timed. */
export function countRequests(server: FastifyInstance, counters: Counters): void {
  const labels = ['method', 'route', 'status'];
  const requests = counters.counter('pulseward_http_requests_total', 'HTTP requests answered', labels);
  const seconds = counters.histogram('pulseward_http_request_seconds', 'Time to answer an HTTP request', SECONDS, [
    'method',
    'route',
  ]);
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    requests.inc({ method, route, status: String(reply.statusCode) });
    if (reply.getHeader('content-type') !== 'text/event-stream')
      seconds.observe({ method, route }, reply.elapsedTime / 1000);
  });
}

/** What /readyz says, as numbers. */
export function createReadinessGauges(counters: Counters) {
  const gauge = (name: string, help: string, labels: readonly string[] = []) =>
    counters.gauge(`pulseward_${name}`, help, labels);
  return {
    ready: gauge('dependency_ready', '1 where a dependency answers and can take more.', ['dependency']),
    unconsumedBytes: gauge('journal_unconsumed_bytes', 'What waits in the journal for ingest.'),
    limitBytes: gauge('journal_unconsumed_limit_bytes', 'From here on brokers stop acknowledging.'),
  };
}
