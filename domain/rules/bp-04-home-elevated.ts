// BP-04: the mean of a home protocol of 7 days at or above 135/85 (clinical.md §5.4, §7).
// "Next sufficient mean" (clear) is one of what was measured since. Reasons: `home_mean_elevated`, `not_beyond_line`,
// `not_enough_data`, `recovered`.
import { HOME_ELEVATED_FROM } from '../blood-pressure/home.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import { evidenceOf, homeBetween, pressuresBetween } from './history-windows.ts';
import { reaches } from './judge-emergency-sitting.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = {
  systolic: { value: HOME_ELEVATED_FROM.systolicMmHg, unit: 'mmHg' },
  diastolic: { value: HOME_ELEVATED_FROM.diastolicMmHg, unit: 'mmHg' },
} as const;
const WEEK = 7;
const DAY_MS = 86_400_000;

export function createBp04HomeElevated(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const line = { systolicMmHg: thresholds.systolic.value, diastolicMmHg: thresholds.diastolic.value };

  return createStepRule({
    id: 'BP-04',
    version: 1,
    title: 'Home blood pressure elevated',
    condition: 'blood_pressure',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 14 * DAY_MS },
    restsOn: ['bp'],
    lookBackDays: WEEK,
    steps: ({ bp }, { timeZone }, days) =>
      days.startAt.map((at, index): Step => {
        const weekSince = (since: number) => ({ from: Math.max(days.startAt[index - WEEK] ?? at, since), to: at });
        return {
          at,
          judge(settledUntil) {
            const week = weekSince(settledUntil);
            const { mean } = homeBetween(bp, week, timeZone);
            if (mean === undefined) return { outcome: 'unknown', reason: 'not_enough_data' };
            if (!reaches(mean, line)) return { outcome: 'clear', reason: 'not_beyond_line' };
            const evidence = evidenceOf(pressuresBetween(bp, week));
            return { outcome: 'starts', severity: 'warning', reason: 'home_mean_elevated', evidence };
          },
          ends(completedAt) {
            const { mean } = homeBetween(bp, weekSince(completedAt), timeZone);
            return mean !== undefined && !reaches(mean, line);
          },
        };
      }),
  });
}
