// How fast one device's messages go on to the journal. Promise: what comes faster is held back, in order, and never dropped; other
// devices on the same connection are not held back with it.

/** DESIGN §7. */
export const MESSAGES_PER_SECOND = 500;
const RELEASE_EVERY_MS = 20;
const FORGET_EVERY_MS = 10_000;

export interface RateLimit {
  /** Whether the device is within its rate now and none of its messages is held back; counts the message if so. */
  admit(deviceKey: number): boolean;
  /** For a message that was not admitted: runs `work` when it is the device's turn. */
  holdBack(deviceKey: number, work: () => void): void;
  /** What is still held back is forgotten. */
  stop(): void;
}

/** Generic cell rate algorithm: of each device only the time up to which its messages are paid for. */
export function createRateLimit(perSecond = MESSAGES_PER_SECOND): RateLimit {
  const costMs = 1000 / perSecond;
  /** A second's worth may come at once. */
  const toleranceMs = 1000;
  const paidUntil = new Map<number, number>();
  const held = new Map<number, (() => void)[]>();
  let timer: NodeJS.Timeout | undefined;
  let forgetAt = 0;

  function admit(deviceKey: number): boolean {
    if (held.size > 0 && held.has(deviceKey)) return false;
    const now = performance.now();
    const paid = paidUntil.get(deviceKey) ?? 0;
    if (paid > now + toleranceMs - costMs) return false;
    paidUntil.set(deviceKey, Math.max(paid, now) + costMs);
    if (now > forgetAt) forget(now);
    return true;
  }

  function forget(now: number): void {
    forgetAt = now + FORGET_EVERY_MS;
    for (const [deviceKey, paid] of paidUntil) if (paid < now) paidUntil.delete(deviceKey);
  }

  function release(): void {
    for (const [deviceKey, queue] of [...held]) {
      held.delete(deviceKey);
      while (queue.length > 0 && admit(deviceKey)) queue.shift()?.();
      if (queue.length > 0) held.set(deviceKey, queue);
    }
    if (held.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    admit,
    holdBack(deviceKey, work) {
      const queue = held.get(deviceKey);
      if (queue) queue.push(work);
      else held.set(deviceKey, [work]);
      timer ??= setInterval(release, RELEASE_EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      held.clear();
    },
  };
}
