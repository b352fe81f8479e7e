// TREND-04: the weekly home systolic mean rose three weeks running, by 10 mmHg or more in all, to 135 or more (clinical.md §7).
// Three rises take four weeks, Monday to Sunday, each sufficient (§5.4). Reasons: `rising_weeks`, `not_beyond_line`, `not_enough_data`, `recovered`.
import { HOME_ELEVATED_FROM } from '../blood-pressure/home.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import { evidenceOf, homeBetween, pressuresBetween } from './history-windows.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = {
  riseInAll: { value: 10, unit: 'mmHg' },
  lastSystolic: { value: HOME_ELEVATED_FROM.systolicMmHg, unit: 'mmHg' },
  clearBelowSystolic: { value: HOME_ELEVATED_FROM.systolicMmHg, unit: 'mmHg' },
} as const;
const WEEK = 7;
const WEEKS = 4;
const DAY_MS = 86_400_000;

export function createTrend04RisingPressure(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'TREND-04',
    version: 1,
    title: 'Home blood pressure rising',
    condition: 'trend',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 28 * DAY_MS },
    restsOn: ['bp'],
    lookBackDays: WEEKS * WEEK,
    // The newest Monday.
    judgedDays: WEEK + 1,
    steps({ bp }, { timeZone }, { name, startAt }) {
      const systolicOf = (from: number, to: number) => homeBetween(bp, { from, to }, timeZone).mean?.systolicMmHg;
      return startAt.flatMap((at, index): Step[] => {
        if (!isMonday(name[index]!)) return [];
        const step: Step = {
          at,
          judge(settledUntil) {
            const from = startAt[index - WEEKS * WEEK]!;
            if (from < settledUntil) return { outcome: 'unknown', reason: 'not_enough_data' };
            const [first, second, third, last] = [4, 3, 2, 1].map((week) =>
              systolicOf(startAt[index - week * WEEK]!, startAt[index - (week - 1) * WEEK]!),
            );
            if (first === undefined || second === undefined || third === undefined || last === undefined) {
              return { outcome: 'unknown', reason: 'not_enough_data' };
            }
            const isRising = first < second && second < third && third < last;
            const { riseInAll, lastSystolic } = thresholds;
            if (!isRising || last - first < riseInAll.value || last < lastSystolic.value) {
              return { outcome: 'clear', reason: 'not_beyond_line' };
            }
            const evidence = evidenceOf(pressuresBetween(bp, { from, to: at }));
            return { outcome: 'starts', severity: 'warning', reason: 'rising_weeks', evidence };
          },
          ends() {
            const mean = systolicOf(startAt[index - WEEK]!, at);
            return mean !== undefined && mean < thresholds.clearBelowSystolic.value;
          },
        };
        return [step];
      });
    },
  });
}

function isMonday(day: string): boolean {
  return new Date(day).getUTCDay() === 1;
}
