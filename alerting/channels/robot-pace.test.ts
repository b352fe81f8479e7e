import { describe, expect, test } from 'vitest';
import type { Turn } from '../../domain/alerts/severity-order.ts';
import { createRobotPace } from './robot-pace.ts';

const [OTHER, CRITICAL, LOW, EMERGENCY] = [0, 1, 2, 3] as const;

describe('a group robot is spoken to no faster than its vendor takes it', () => {
  const start = () => {
    let at = 1_000_000;
    const pace = createRobotPace(() => at);
    const pass = (ms: number) => {
      at += ms;
    };
    const takeMany = (count: number, turn: Turn, robot = 'a') =>
      Array.from({ length: count }, () => pace.take(robot, turn));
    return { pace, pass, takeMany };
  };

  test('20 emergencies a minute, and the 21st when the first is a minute old', () => {
    const { pace, pass, takeMany } = start();
    expect(takeMany(20, EMERGENCY).every((wait) => wait === undefined)).toBe(true);
    pass(20_000);
    expect(pace.take('a', EMERGENCY)).toBe(41_000);
    pass(41_000);
    expect(pace.take('a', EMERGENCY)).toBeUndefined();
  });

  test('a storm of what is not urgent leaves room for the emergency', () => {
    const { pace, takeMany } = start();
    expect(takeMany(100, OTHER).filter((wait) => wait === undefined)).toHaveLength(10);
    expect(takeMany(100, CRITICAL).filter((wait) => wait === undefined)).toHaveLength(3);
    expect(takeMany(100, LOW).filter((wait) => wait === undefined)).toHaveLength(3);
    expect(takeMany(4, EMERGENCY).every((wait) => wait === undefined)).toBe(true);
    expect(pace.take('a', EMERGENCY)).toBe(61_000);
  });

  test('a storm of critical highs leaves room for critical lows, and those for emergencies', () => {
    const { takeMany } = start();
    expect(takeMany(100, CRITICAL).filter((wait) => wait === undefined)).toHaveLength(13);
    expect(takeMany(100, LOW).filter((wait) => wait === undefined)).toHaveLength(3);
    expect(takeMany(100, EMERGENCY).filter((wait) => wait === undefined)).toHaveLength(4);
  });

  test('robots don’t wait for each other', () => {
    const { pace, takeMany } = start();
    takeMany(20, EMERGENCY, 'a');
    expect(pace.take('b', OTHER)).toBeUndefined();
  });

  test('one that the vendor has silenced is left alone until that is over', () => {
    const { pace, pass } = start();
    pace.rest('a', 600_000);
    pass(599_999);
    expect(pace.take('a', EMERGENCY)).toBe(1);
    pass(1);
    expect(pace.take('a', EMERGENCY)).toBeUndefined();
  });
});
