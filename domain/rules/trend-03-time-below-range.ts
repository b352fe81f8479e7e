// TREND-03: time below 70 mg/dL of 4 % or more (1 % in the older and those at high risk), or below 54 of 1 % or more, in a sufficient
// window of 14 days (clinical.md §3.8, §7; Battelino 2019). The window that ends an episode holds only what was measured since.
// Reasons: `time_below_range`, `time_very_low`, `on_target`, `not_enough_data`, `recovered`.
import { GLUCOSE_TARGETS } from '../metrics/glucose-targets.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import { cgmBetween } from './history-windows.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = {
  belowRangeFrom: { value: GLUCOSE_TARGETS.standard.belowRangeUnder, unit: 'percent' },
  belowRangeFromHighRisk: { value: GLUCOSE_TARGETS.older_high_risk.belowRangeUnder, unit: 'percent' },
  veryLowFrom: { value: 1, unit: 'percent' },
} as const;
const WINDOW = 14;
const DAY_MS = 86_400_000;

export function createTrend03TimeBelowRange(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'TREND-03',
    version: 1,
    title: 'Too much time below range',
    condition: 'trend',
    direction: 'low',
    thresholds,
    timing: { cooldownMs: 14 * DAY_MS },
    restsOn: ['cgm_day', 'care'],
    lookBackDays: WINDOW,
    steps({ cgmDays, care }, { timeZone }, days) {
      const isHighRisk = care.riskGroup === 'older_high_risk';
      const { value: belowRangeFrom } = isHighRisk ? thresholds.belowRangeFromHighRisk : thresholds.belowRangeFrom;
      /** Undefined: the window doesn't say. */
      const missedBefore = (end: number) => {
        const { sufficient, timeInRange } = cgmBetween(cgmDays, days, end - WINDOW, end, timeZone);
        if (!sufficient || timeInRange === undefined) return undefined;
        const { veryLow, low } = timeInRange;
        if (veryLow >= thresholds.veryLowFrom.value) return 'time_very_low';
        return withoutFloatNoise(veryLow + low) >= belowRangeFrom ? 'time_below_range' : 'on_target';
      };
      return days.startAt.map((at, index): Step => {
        const from = days.startAt[index - WINDOW] ?? at;
        return {
          at,
          judge(settledUntil) {
            const missed = from < settledUntil ? undefined : missedBefore(index);
            if (missed === undefined) return { outcome: 'unknown', reason: 'not_enough_data' };
            if (missed === 'on_target') return { outcome: 'clear', reason: 'on_target' };
            return { outcome: 'starts', severity: 'warning', reason: missed, evidence: [] };
          },
          ends: (completedAt) => from >= completedAt && missedBefore(index) === 'on_target',
        };
      });
    },
  });
}
