import { expect, test } from 'vitest';
import { createCounters, printMetrics } from './counters.ts';
import { createLonePeers, printPeerMetrics } from './peers.ts';

test('the same counter of two processes is printed once a process, told apart by role, also after a trip as JSON', async () => {
  const broker = createCounters({ part: 'broker' });
  const ingest = createCounters({ part: 'ingest' });
  for (const [counters, amount] of [
    [broker, 2],
    [ingest, 3],
  ] as const) {
    counters.counter('pulseward_errors_total', 'Errors.', ['code']).inc({ code: 'temporary' }, amount);
  }
  const text = await printMetrics([await broker.snapshot(), JSON.parse(JSON.stringify(await ingest.snapshot()))]);
  expect(text).toContain('pulseward_errors_total{code="temporary",role="broker"} 2');
  expect(text).toContain('pulseward_errors_total{code="temporary",role="ingest"} 3');
  expect(text.match(/# TYPE pulseward_errors_total counter/g)).toHaveLength(1);
});

test('a name declared twice is one metric', () => {
  const counters = createCounters({ part: 'broker' });
  expect(counters.gauge('pulseward_lag_seconds', 'Lag.')).toBe(counters.gauge('pulseward_lag_seconds', 'Lag.'));
});

test('a role without a supervisor is its own only peer', async () => {
  const counters = createCounters({ part: 'dashboards' });
  counters.histogram('pulseward_request_seconds', 'Requests.', [0.1, 1]).observe(0.5);
  const peers = createLonePeers('dashboards', counters);
  expect(await peers.statuses()).toMatchObject([{ role: 'dashboards', state: 'ready', restarts: 0 }]);
  expect(await printPeerMetrics(peers)).toContain('pulseward_request_seconds_bucket{le="1",role="dashboards"} 1');
});
