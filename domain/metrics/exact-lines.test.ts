import { describe, expect, it } from 'vitest';
import { patientRisk } from '../risk.ts';
import { missedTargets } from './glucose-targets.ts';
import { gri, griZone, uncappedGri } from './gri.ts';
import { adrrBand, hbgiBand, lbgiBand } from './risk-bands.ts';

const NOTHING = { veryLow: 0, low: 0, inRange: 100, high: 0, veryHigh: 0 };

describe('a value whose arithmetic ends on a line', () => {
  it('lies in the GRI zone that the line belongs to', () => {
    const zone = (veryHigh: number, high: number) => griZone(gri({ ...NOTHING, veryHigh, high }));
    expect([zone(1, 23), zone(2, 46), zone(0.3, 99.4)]).toEqual(['A', 'B', 'D']);
    expect([zone(1, 23.1), zone(2, 46.1), zone(0.4, 99.4)]).toEqual(['B', 'C', 'E']);
  });

  it('does so for every index in tenths of a percent', () => {
    const wrong: string[] = [];
    for (let veryHigh = 0; veryHigh <= 1000; veryHigh++) {
      for (const line of [200, 400, 600, 800]) {
        // 16 very high + 8 high = 10 × line, all in tenths.
        const high = (10 * line - 16 * veryHigh) / 8;
        if (high < 0 || high + veryHigh > 1000) continue;
        const index = uncappedGri({ ...NOTHING, veryHigh: veryHigh / 10, high: high / 10 });
        if (griZone(index) !== { 200: 'A', 400: 'B', 600: 'C', 800: 'D' }[line]) wrong.push(`${veryHigh} ${high}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('misses or meets a target as the decimal does', () => {
    const missed = (percent: Partial<typeof NOTHING>) => missedTargets({ ...NOTHING, ...percent }, 'standard');
    for (let tenths = 0; tenths < 10; tenths++)
      expect(missed({ veryLow: tenths / 10, low: (40 - tenths) / 10 })).toEqual(['belowRange']);
    for (let tenths = 0; tenths < 50; tenths++)
      expect(missed({ veryHigh: tenths / 10, high: (250 - tenths) / 10 })).toEqual(['aboveRange']);
    expect(missed({ inRange: 70.00000000000001 })).toEqual(['inRange']);
    expect(missed({ inRange: 70.1 })).toEqual([]);
  });

  it('lies in the band of a risk index that the line belongs to', () => {
    const noise = 4e-15;
    expect([1.1, 2.5, 5].map((line) => lbgiBand(line + noise))).toEqual(['minimal', 'low', 'moderate']);
    expect([4.5, 9].map((line) => hbgiBand(line + noise))).toEqual(['low', 'moderate']);
    expect([20, 40].map((line) => adrrBand(line - noise))).toEqual(['moderate', 'high']);
  });

  it('counts among the reasons for a patient’s risk', () => {
    const facts = { riskGroup: 'standard', openAlerts: [] } as const;
    const codes = (belowRangePercent: number) =>
      patientRisk({ ...facts, belowRangePercent }).reasons.map(({ code }) => code);
    expect([codes(3.9999999999999996), codes(3.9)]).toEqual([['below_range'], []]);
  });
});
