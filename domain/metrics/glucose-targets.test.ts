import { describe, expect, it } from 'vitest';
import { missedTargets } from './glucose-targets.ts';

describe('14-day targets', () => {
  it('are strict: exactly 70 % in range does not meet "above 70"', () => {
    const bands = { veryLow: 0, low: 3, inRange: 70, high: 22.5, veryHigh: 4.5 };
    expect(missedTargets(bands, 'standard')).toEqual(['inRange', 'aboveRange']);
    expect(missedTargets({ ...bands, inRange: 70.1, high: 22.4, veryHigh: 4.5, low: 3 }, 'standard')).toEqual([
      'aboveRange',
    ]);
    const onTheLine = { veryLow: 0, low: 0, inRange: 75, high: 20, veryHigh: 5 };
    expect(missedTargets(onTheLine, 'standard')).toEqual(['aboveRange', 'veryHigh']);
    expect(missedTargets({ veryLow: 0.9, low: 3, inRange: 71.2, high: 20, veryHigh: 4.9 }, 'standard')).toEqual([]);
  });

  it('count very low as below range, and name it on its own', () => {
    expect(missedTargets({ veryLow: 1, low: 3, inRange: 90, high: 6, veryHigh: 0 }, 'standard')).toEqual([
      'belowRange',
      'veryLow',
    ]);
  });

  it('allow older patients more highs and fewer lows', () => {
    const bands = { veryLow: 0, low: 1, inRange: 51, high: 38.5, veryHigh: 9.5 };
    expect(missedTargets(bands, 'older_high_risk')).toEqual(['belowRange']);
    expect(missedTargets(bands, 'standard')).toEqual(['inRange', 'aboveRange', 'veryHigh']);
  });
});
