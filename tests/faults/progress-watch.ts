// Remembers when a count went up: how fast it rose, and how long it stood still after something happened.

export interface ProgressWatch {
  count(): number;
  advance(by: number): void;
  /** ms from `since` (performance.now()) to the end of the longest pause that has ended or lasted since then: when it went on. */
  resumedAfterMs(since: number): number;
  /** ms from `since` (performance.now()) to the first rise after it; undefined while there was none. */
  nextAfterMs(since: number): number | undefined;
  /** A second, from one moment to another (performance.now()). */
  rate(from: number, to: number): number;
}

export function createProgressWatch(now: () => number = () => performance.now()): ProgressWatch {
  let count = 0;
  const steps: { readonly at: number; readonly count: number }[] = [];
  const countAt = (at: number) => steps.findLast((step) => step.at <= at)?.count ?? 0;
  return {
    count: () => count,
    advance(by) {
      count += by;
      steps.push({ at: now(), count });
    },
    resumedAfterMs(since) {
      let last = since;
      let longest = { ms: 0, endedAt: since };
      for (const { at } of [...steps.filter((step) => step.at > since), { at: now() }]) {
        if (at - last > longest.ms) longest = { ms: at - last, endedAt: at };
        last = at;
      }
      return longest.endedAt - since;
    },
    nextAfterMs(since) {
      const next = steps.find((step) => step.at > since);
      return next && next.at - since;
    },
    rate: (from, to) => (1000 * (countAt(to) - countAt(from))) / (to - from),
  };
}
