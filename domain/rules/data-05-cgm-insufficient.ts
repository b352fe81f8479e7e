// DATA-05: a CGM that is expected was active for less than 70 % of the last 14 days (clinical.md §3.1, §7).
// Expected is CGM within a period of the plan, or without a plan from the first reading on; the 14 days have to lie in it whole (§6).
// Reasons: `insufficient`, `sufficient`, `not_expected`, `not_enough_data`, `recovered`.
import { judgeSufficiency, SUFFICIENT_PERCENT } from '../metrics/sufficiency.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import type { Period } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = { activeBelow: { value: SUFFICIENT_PERCENT, unit: 'percent' } } as const;
const WINDOW = 14;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ALWAYS: readonly Period[] = [{ from: Number.NEGATIVE_INFINITY }];

export function createData05CgmInsufficient(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'DATA-05',
    version: 1,
    title: 'Too few CGM readings in 14 days',
    condition: 'data',
    direction: 'none',
    thresholds,
    timing: { cooldownMs: 7 * DAY_MS },
    // Data that were missing once are of no use to anybody.
    listsPast: false,
    restsOn: ['cgm_day', 'care'],
    lookBackDays: WINDOW,
    steps({ cgmDays, firstCgmAt }, { cgmPeriods }, { name, startAt }) {
      const periods = cgmPeriods.length === 0 ? ALWAYS : cgmPeriods;
      /** What the day before `at` lies in. */
      const periodBefore = (at: number) => periods.find(({ from, to = Infinity }) => from < at && at <= to);
      const activePercent = (first: number, end: number) => {
        const days = cgmDays.filter(({ day }) => day >= name[first]! && day < name[end]!);
        const coveredMin = days.reduce((sum, day) => sum + day.coveredMin, 0);
        return judgeSufficiency(coveredMin, (startAt[end]! - startAt[first]!) / MINUTE_MS).activePercent;
      };
      return startAt.map((at, index): Step => {
        const first = index - WINDOW;
        const isActive = () => activePercent(first, index) >= thresholds.activeBelow.value;
        return {
          at,
          judge(settledUntil) {
            const period = periodBefore(at);
            if (firstCgmAt === undefined || period === undefined) return { outcome: 'unknown', reason: 'not_expected' };
            if (startAt[first]! < Math.max(firstCgmAt, period.from, settledUntil)) {
              return { outcome: 'unknown', reason: 'not_enough_data' };
            }
            if (isActive()) return { outcome: 'clear', reason: 'sufficient' };
            return { outcome: 'starts', severity: 'info', reason: 'insufficient', evidence: [] };
          },
          ends: () => periodBefore(at) === undefined || isActive(),
        };
      });
    },
  });
}
