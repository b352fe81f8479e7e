// When a patient is followed up at all (clinical.md §6; 国家基本公共卫生服务规范 2017): by a condition, or while a plan says how often.
import type { CareFacts } from '../rules/history-rule.ts';
import type { Period } from '../rules/rule.ts';

const FOLLOWED_UP_CONDITIONS: readonly string[] = ['type_2_diabetes', 'hypertension'];

/** Ascending and apart; `to` is Infinity where it still holds. */
export function followedUpPeriods({ conditions, plans }: Pick<CareFacts, 'conditions' | 'plans'>): Required<Period>[] {
  const reasons: readonly Period[] = [
    ...conditions.filter(({ code }) => FOLLOWED_UP_CONDITIONS.includes(code)),
    ...plans.filter(({ visitIntervalMonths }) => visitIntervalMonths !== undefined),
  ];
  const periods: { from: number; to: number }[] = [];
  for (const { from, to = Number.POSITIVE_INFINITY } of reasons.toSorted((a, b) => a.from - b.from)) {
    const last = periods.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else periods.push({ from, to });
  }
  return periods;
}

export function isFollowedUpAt(periods: readonly Required<Period>[], at: number): boolean {
  return periods.some(({ from, to }) => from <= at && at < to);
}
