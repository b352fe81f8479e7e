// How long requests take that come one after the other, as their caller sees it.
import { Latencies } from './percentiles.ts';

export interface RequestLatency {
  readonly firstMs: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly requests: number;
}

/** The first, which finds nothing warm, is told apart; the next `warmUps` are not counted. */
export async function timeRequests(
  requests: number,
  ask: () => Promise<unknown>,
  warmUps = 50,
): Promise<RequestLatency> {
  const timed = async () => {
    const startedAt = performance.now();
    await ask();
    return performance.now() - startedAt;
  };
  const firstMs = await timed();
  for (let count = 0; count < warmUps; count++) await ask();
  const latencies = new Latencies();
  for (let count = 0; count < requests; count++) latencies.add(await timed());
  return { firstMs, p50Ms: latencies.percentile(50), p99Ms: latencies.percentile(99), requests };
}
