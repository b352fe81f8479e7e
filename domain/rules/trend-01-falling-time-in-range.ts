// TREND-01: time in range fell by 5 or 10 points between two adjacent, sufficient windows of 14 days (clinical.md §3.8, §7).
// "Back within 5 points" (clear): a window of what was measured since is less than 5 points below the 14 days before it. Reasons:
// `time_in_range_fell`, `not_beyond_line`, `not_enough_data`, `recovered`.
import { withoutFloatNoise } from '../without-float-noise.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import { cgmBetween } from './history-windows.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = {
  infoFrom: { value: 5, unit: 'points' },
  warningFrom: { value: 10, unit: 'points' },
  clearBelow: { value: 5, unit: 'points' },
} as const;
const WINDOW = 14;
const DAY_MS = 86_400_000;

export function createTrend01FallingTimeInRange(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'TREND-01',
    version: 1,
    title: 'Time in range falling',
    condition: 'trend',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 14 * DAY_MS },
    restsOn: ['cgm_day'],
    lookBackDays: 2 * WINDOW,
    steps({ cgmDays }, { timeZone }, days) {
      const inRange = (first: number, end: number) => {
        const { sufficient, timeInRange } = cgmBetween(cgmDays, days, first, end, timeZone);
        return sufficient ? timeInRange?.inRange : undefined;
      };
      return days.startAt.map((at, index): Step => {
        const newerFrom = days.startAt[index - WINDOW] ?? at;
        const fallenBy = () => {
          const newer = inRange(index - WINDOW, index);
          const older = newer === undefined ? undefined : inRange(index - 2 * WINDOW, index - WINDOW);
          return newer === undefined || older === undefined ? undefined : withoutFloatNoise(older - newer);
        };
        return {
          at,
          judge(settledUntil) {
            const points = newerFrom < settledUntil ? undefined : fallenBy();
            if (points === undefined) return { outcome: 'unknown', reason: 'not_enough_data' };
            if (points < thresholds.infoFrom.value) return { outcome: 'clear', reason: 'not_beyond_line' };
            const severity = points >= thresholds.warningFrom.value ? 'warning' : 'info';
            return { outcome: 'starts', severity, reason: 'time_in_range_fell', evidence: [] };
          },
          ends(completedAt) {
            const points = newerFrom < completedAt ? undefined : fallenBy();
            return points !== undefined && points < thresholds.clearBelow.value;
          },
        };
      });
    },
  });
}
