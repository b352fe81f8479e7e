// Slows an address that keeps asking without being signed in. A page that asks a few times before its user signs in feels nothing.

const FREE_PER_WINDOW = 20;
const WINDOW_MS = 10_000;
const STEP_MS = 50;
const MAX_DELAY_MS = 2_000;
const MAX_ADDRESSES = 10_000;

export interface StrangerBrake {
  /** How long this one has to wait, ms; each call counts. */
  delayMsFor(address: string): number;
}

export function createStrangerBrake(clock: () => number = () => performance.now()): StrangerBrake {
  const windows = new Map<string, { readonly since: number; count: number }>();
  return {
    delayMsFor(address) {
      const now = clock();
      let window = windows.get(address);
      if (!window || now - window.since > WINDOW_MS) {
        if (windows.size >= MAX_ADDRESSES) windows.clear();
        window = { since: now, count: 0 };
        windows.set(address, window);
      }
      window.count += 1;
      return Math.min(MAX_DELAY_MS, Math.max(0, window.count - FREE_PER_WINDOW) * STEP_MS);
    },
  };
}
