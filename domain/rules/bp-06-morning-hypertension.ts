// BP-06: mornings at or above 135/85 while evenings are below, in a home protocol of 7 days that is sufficient in either part (clinical.md §5.4, §7).
// "Next week's mean" (clear) is that of the first sufficient 7 days that begin after it started. Reasons: `morning_hypertension`,
// `not_beyond_line`, `not_enough_data`, `recovered`.
import { HOME_ELEVATED_FROM, type HomeBloodPressure } from '../blood-pressure/home.ts';
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

export function createBp06MorningHypertension(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const line = { systolicMmHg: thresholds.systolic.value, diastolicMmHg: thresholds.diastolic.value };
  /** Undefined where the week doesn't say. */
  const isMorningHypertension = (week: HomeBloodPressure): boolean | undefined => {
    const { morning, evening, morningSufficient, eveningSufficient } = week;
    if (!morning || !evening || !morningSufficient || !eveningSufficient) return undefined;
    return reaches(morning, line) && !reaches(evening, line);
  };

  return createStepRule({
    id: 'BP-06',
    version: 1,
    title: 'Morning hypertension',
    condition: 'blood_pressure',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 14 * DAY_MS },
    restsOn: ['bp'],
    lookBackDays: WEEK,
    steps: ({ bp }, { timeZone }, days) =>
      days.startAt.map((at, index): Step => {
        const weekFrom = days.startAt[index - WEEK] ?? at;
        return {
          at,
          judge(settledUntil) {
            const week = { from: Math.max(weekFrom, settledUntil), to: at };
            const isSo = isMorningHypertension(homeBetween(bp, week, timeZone));
            if (isSo === undefined) return { outcome: 'unknown', reason: 'not_enough_data' };
            if (!isSo) return { outcome: 'clear', reason: 'not_beyond_line' };
            const evidence = evidenceOf(pressuresBetween(bp, week));
            return { outcome: 'starts', severity: 'info', reason: 'morning_hypertension', evidence };
          },
          ends: (completedAt) =>
            weekFrom >= completedAt &&
            isMorningHypertension(homeBetween(bp, { from: weekFrom, to: at }, timeZone)) === false,
        };
      }),
  });
}
