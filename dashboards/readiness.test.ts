// What /readyz says of the journal: green means that brokers can acknowledge.
import { expect, test } from 'vitest';
import { createCounters } from '../runtime/counters.ts';
import { createLonePeers } from '../runtime/peers.ts';
import type { Journal } from '../storage/ports/journal.ts';
import { createReadiness } from './readiness.ts';

type Fill = Partial<Awaited<ReturnType<Journal['heads']>>>;

async function journalOf(fill: Fill) {
  const counters = createCounters({ part: 'dashboards' });
  const readiness = createReadiness({
    storage: {
      pool: { query: async () => ({ rows: [] }) },
      journal: {
        heads: async () => ({
          heads: [],
          unconsumedBytes: 0,
          maxUnconsumedBytes: 1_000,
          storedBytes: 0,
          refusal: undefined,
          ...fill,
        }),
      },
      jobQueue: { ping: async () => undefined },
    },
    peers: createLonePeers('dashboards', counters),
    counters,
  });
  const states = await readiness.measure();
  const gauges = (await counters.snapshot()).find(({ name }) => name === 'pulseward_dependency_ready')?.values ?? [];
  return {
    ...states.find(({ name }) => name === 'journal'),
    gauge: gauges.find(({ labels }) => labels.dependency === 'journal')?.value,
  };
}

test('a journal that takes what comes is ready, and says how much waits in it', async () => {
  expect(await journalOf({ unconsumedBytes: 900 })).toEqual({
    name: 'journal',
    ready: true,
    detail: '900 of at most 1000 bytes wait for ingest',
    gauge: 1,
  });
});

test('a journal that refuses what brokers append is not ready, however little waits in it, and says why', async () => {
  expect(await journalOf({ unconsumedBytes: 900, refusal: 'no replica has confirmed' })).toEqual({
    name: 'journal',
    ready: false,
    detail: '900 of at most 1000 bytes wait for ingest; no replica has confirmed',
    gauge: 0,
  });
});
