import { describe, expect, test } from 'vitest';
import { createRobotPace } from './robot-pace.ts';

describe('a group robot is spoken to no faster than its vendor takes it', () => {
  const start = () => {
    let at = 1_000_000;
    const pace = createRobotPace(() => at);
    const pass = (ms: number) => {
      at += ms;
    };
    const takeMany = (count: number, severity: 'info' | 'critical' | 'emergency', robot = 'a') =>
      Array.from({ length: count }, () => pace.take(robot, severity));
    return { pace, pass, takeMany };
  };

  test('20 emergencies a minute, and the 21st when the first is a minute old', () => {
    const { pace, pass, takeMany } = start();
    expect(takeMany(20, 'emergency').every((wait) => wait === undefined)).toBe(true);
    pass(20_000);
    expect(pace.take('a', 'emergency')).toBe(41_000);
    pass(41_000);
    expect(pace.take('a', 'emergency')).toBeUndefined();
  });

  test('a storm of what is not urgent leaves room for the emergency', () => {
    const { pace, takeMany } = start();
    expect(takeMany(100, 'info').filter((wait) => wait === undefined)).toHaveLength(10);
    expect(takeMany(100, 'critical').filter((wait) => wait === undefined)).toHaveLength(6);
    expect(takeMany(4, 'emergency').every((wait) => wait === undefined)).toBe(true);
    expect(pace.take('a', 'emergency')).toBe(61_000);
  });

  test('robots don’t wait for each other', () => {
    const { pace, takeMany } = start();
    takeMany(20, 'emergency', 'a');
    expect(pace.take('b', 'info')).toBeUndefined();
  });

  test('one that the vendor has silenced is left alone until that is over', () => {
    const { pace, pass } = start();
    pace.rest('a', 600_000);
    pass(599_999);
    expect(pace.take('a', 'emergency')).toBe(1);
    pass(1);
    expect(pace.take('a', 'emergency')).toBeUndefined();
  });
});
