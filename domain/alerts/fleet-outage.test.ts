import { describe, expect, test } from 'vitest';
import { changeOfFleet, type Fleet, OUTAGE_AT_MOST_MS } from './fleet-outage.ts';

const fleet = (silent: number, devices: number, isOutage = false, lastedMs = 0): Fleet => ({
  silent,
  devices,
  isOutage,
  ...(isOutage && { lastedMs }),
});

describe('an outage of a fleet', () => {
  test('begins when three in ten devices fell silent together, and not below that', () => {
    expect(changeOfFleet(fleet(30, 100))).toBe('begins');
    expect(changeOfFleet(fleet(29, 100))).toBeUndefined();
  });

  test('is none where so few are silent that a share says nothing', () => {
    expect(changeOfFleet(fleet(4, 4))).toBeUndefined();
    expect(changeOfFleet(fleet(5, 5))).toBe('begins');
  });

  test('goes on until less than half of that share is silent', () => {
    expect(changeOfFleet(fleet(15, 100, true))).toBeUndefined();
    expect(changeOfFleet(fleet(14, 100, true))).toBe('ends');
    expect(changeOfFleet(fleet(60, 100, true))).toBeUndefined();
  });

  test('ends when nobody has a device any more', () => {
    expect(changeOfFleet(fleet(0, 0, true))).toBe('ends');
  });

  test('ends after a day, however many are still silent', () => {
    expect(changeOfFleet(fleet(60, 100, true, OUTAGE_AT_MOST_MS - 1))).toBeUndefined();
    expect(changeOfFleet(fleet(60, 100, true, OUTAGE_AT_MOST_MS))).toBe('ends');
  });

  test('begins where a team draws its own line', () => {
    expect(changeOfFleet(fleet(30, 100), { percent: 50, withinMin: 60 })).toBeUndefined();
    expect(changeOfFleet(fleet(50, 100), { percent: 50, withinMin: 60 })).toBe('begins');
  });
});
