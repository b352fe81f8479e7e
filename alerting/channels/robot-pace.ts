// How fast a group robot may be spoken to: vendors count messages per robot and minute, and silence one that exceeds it. Promise: what
// is less urgent leaves room for what is more so. Kept per process: with several, the vendor's own answer is the backstop.
import { createHash } from 'node:crypto';
import type { Turn } from '../../domain/alerts/severity-order.ts';

/** WeCom and DingTalk: 20 messages a minute and robot. Three of them critical highs leave to critical lows, four those to emergencies. */
const PER_WINDOW: Readonly<Record<Turn, number>> = { 0: 10, 1: 13, 2: 16, 3: 20 };
/** A second more than their minute, for messages that take unequally long to get there. */
const WINDOW_MS = 61_000;

export interface RobotPace {
  /** Undefined: it may be sent, and is counted. Else ms until it is worth asking again. */
  take(address: string, turn: Turn): number | undefined;
  /** The vendor has said that it was too much: nothing goes there for so long. */
  rest(address: string, forMs: number): void;
}

interface Past {
  readonly sentAt: readonly number[];
  readonly restsUntil: number;
}

export function createRobotPace(now: () => number): RobotPace {
  const robots = new Map<string, Past>();
  // An address is a credential: it is not kept in memory for longer than a request.
  const keyOf = (address: string) => createHash('sha256').update(address).digest('base64');
  const pastOf = (key: string): Past => {
    const { sentAt = [], restsUntil = 0 } = robots.get(key) ?? {};
    return { sentAt: sentAt.filter((at) => at > now() - WINDOW_MS), restsUntil };
  };
  const forgetIdle = () => {
    for (const key of robots.keys()) {
      const { sentAt, restsUntil } = pastOf(key);
      if (sentAt.length === 0 && restsUntil <= now()) robots.delete(key);
    }
  };

  return {
    take(address, turn) {
      forgetIdle();
      const key = keyOf(address);
      const { sentAt, restsUntil } = pastOf(key);
      if (restsUntil > now()) return restsUntil - now();
      const oldestInTheWay = sentAt.at(-PER_WINDOW[turn]);
      if (oldestInTheWay !== undefined) return oldestInTheWay + WINDOW_MS - now();
      robots.set(key, { sentAt: [...sentAt, now()], restsUntil });
      return undefined;
    },
    rest(address, forMs) {
      const key = keyOf(address);
      robots.set(key, { ...pastOf(key), restsUntil: now() + forMs });
    },
  };
}
