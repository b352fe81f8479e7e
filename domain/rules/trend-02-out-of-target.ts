// TREND-02: time in range not above its target, or GMI 0.5 or more above the patient's own baseline, in two adjacent, sufficient
// windows of 14 days (clinical.md §3.8, §7). The baseline is the first sufficient window there ever was; the window that ends an
// episode holds only what was measured since. Reasons: `out_of_target`, `gmi_above_baseline`, `on_target`, `not_enough_data`, `recovered`.
import type { GlucoseMetrics } from '../metrics/glucose-metrics.ts';
import { GLUCOSE_TARGETS } from '../metrics/glucose-targets.ts';
import { withoutFloatNoise } from '../without-float-noise.ts';
import { createStepRule } from './create-step-rule.ts';
import { gmiBaseline } from './gmi-baseline.ts';
import type { HistoryRule } from './history-rule.ts';
import { cgmBetween } from './history-windows.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = {
  inRangeAbove: { value: GLUCOSE_TARGETS.standard.inRangeAbove, unit: 'percent' },
  inRangeAboveHighRisk: { value: GLUCOSE_TARGETS.older_high_risk.inRangeAbove, unit: 'percent' },
  gmiAboveBaseline: { value: 0.5, unit: 'points' },
} as const;
const WINDOW = 14;
const DAY_MS = 86_400_000;

export function createTrend02OutOfTarget(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'TREND-02',
    version: 1,
    title: 'Glucose out of target for four weeks',
    condition: 'trend',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 28 * DAY_MS },
    restsOn: ['cgm_day', 'care'],
    lookBackDays: 2 * WINDOW,
    steps({ cgmDays, firstCgmDays, care }, { timeZone }, days) {
      const isHighRisk = care.riskGroup === 'older_high_risk';
      const { value: target } = isHighRisk ? thresholds.inRangeAboveHighRisk : thresholds.inRangeAbove;
      const baseline = gmiBaseline(firstCgmDays, timeZone);
      /** Undefined: the window doesn't say. */
      const missed = ({ sufficient, timeInRange, gmiPercent }: GlucoseMetrics) => {
        if (!sufficient || timeInRange === undefined || gmiPercent === undefined) return undefined;
        if (!(timeInRange.inRange > target)) return 'out_of_target';
        const isAbove =
          baseline !== undefined && withoutFloatNoise(gmiPercent - baseline) >= thresholds.gmiAboveBaseline.value;
        return isAbove ? 'gmi_above_baseline' : 'on_target';
      };
      const windowBefore = (end: number) => missed(cgmBetween(cgmDays, days, end - WINDOW, end, timeZone));
      return days.startAt.map(
        (at, index): Step => ({
          at,
          judge(settledUntil) {
            const newer = windowBefore(index);
            const older = windowBefore(index - WINDOW);
            const isNew = days.startAt[index - 2 * WINDOW]! >= settledUntil;
            if (newer === undefined || older === undefined || !isNew) {
              return { outcome: 'unknown', reason: 'not_enough_data' };
            }
            if (newer === 'on_target' || older === 'on_target') return { outcome: 'clear', reason: 'on_target' };
            return { outcome: 'starts', severity: 'warning', reason: newer, evidence: [] };
          },
          ends: (completedAt) => days.startAt[index - WINDOW]! >= completedAt && windowBefore(index) === 'on_target',
        }),
      );
    },
  });
}
