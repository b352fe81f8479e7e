import { describe, expect, it } from 'vitest';
import { automaticActivePercent } from './automatic-active.ts';

const minutes = (...given: number[]) => given.map((minute) => minute * 60_000);

describe('iglu’s automatic active percent', () => {
  it('counts what is missing between the first and the last reading alone', () => {
    expect(automaticActivePercent(minutes(0, 5, 15, 20), 5)).toBe(80);
    expect(automaticActivePercent(minutes(0, 5, 10), 5)).toBe(100);
    expect(automaticActivePercent(minutes(0), 5)).toBe(100);
  });

  it('does not exist without a reading', () => {
    expect(automaticActivePercent([], 5)).toBeUndefined();
  });

  it('rounds as iglu does: all gaps together, halves to the even neighbour', () => {
    expect(automaticActivePercent(minutes(0, 7, 14), 5)).toBe(75);
    expect(automaticActivePercent(minutes(0, 5.5, 11), 5)).toBeCloseTo(100, 12);
    expect(automaticActivePercent(minutes(0, 6.5), 5)).toBe(100);
    // A gap of 7.5 min is half a reading, which is none; one of 12.5 min one and a half, which is two.
    expect(automaticActivePercent(minutes(0, 5, 12.5), 5)).toBe(100);
    expect(automaticActivePercent(minutes(0, 5, 17.5), 5)).toBe(60);
  });

  it('takes a jittering sensor for a complete one', () => {
    expect(automaticActivePercent(minutes(0, 5.3, 9.8, 15.1), 5)).toBe(100);
  });

  it('takes a sensor that is always a little late for a complete one: what rounds to the cadence is no gap', () => {
    // Nine readings fit into 37.8 min; the 0.4 min by which each of seven is late are no reading together.
    expect(automaticActivePercent(minutes(0, 5.4, 10.8, 16.2, 21.6, 27, 32.4, 37.8), 5)).toBe(100);
  });
});
