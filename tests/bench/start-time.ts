// From the command to `/readyz` saying yes, on what the system holds by then; its engines, where it has any beside it, run on.
import type { RunningSystem } from '../system/running-system.ts';

const STARTS = 3;

/** Seconds, one a start. */
export async function measureStarts(system: RunningSystem): Promise<number[]> {
  const seconds: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    await system.stop();
    const startedAt = performance.now();
    await system.start();
    seconds.push((performance.now() - startedAt) / 1000);
  }
  return seconds;
}
