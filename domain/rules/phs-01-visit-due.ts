// PHS-01: a visit is due within 7 days, or overdue by 7 (clinical.md §6, §7; 国家基本公共卫生服务规范 2017). For people with type 2 diabetes or
// hypertension, and whoever's plan says how often they are seen. A visit that leaves the date where it is (a call) ends nothing.
// Reasons: `visit_due` (stage 1), `visit_overdue` (stage 2), `not_due`, `not_followed_up`.
import type { FollowUp } from '../follow-up/follow-up.ts';
import { followedUpPeriods, isFollowedUpAt } from '../follow-up/followed-up.ts';
import { nextFollowUp } from '../follow-up/next-follow-up.ts';
import { addDays, localDayBounds } from '../local-day.ts';
import type { HistoryRule, PatientHistory } from './history-rule.ts';
import type { Episode, Evaluation, PatientProfile, Period, RuleStage } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  dueWithin: { value: 7, unit: 'days' },
  overdueBy: { value: 7, unit: 'days' },
} as const;
const DAY_MS = 86_400_000;

interface Due {
  readonly startAt: number;
  endAt?: number;
  /** When it is overdue, where that comes before its end. */
  overdueAt: number;
  /** What was to be done when it was last looked at. */
  followUp: FollowUp;
}

export function createPhs01VisitDue(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const withinDays = Math.round(thresholds.dueWithin.value);
  const overdueDays = Math.round(thresholds.overdueBy.value);
  const stages: readonly RuleStage[] = [
    { afterMs: 0, severity: 'info', audience: 'team' },
    { afterMs: (withinDays + overdueDays) * DAY_MS, severity: 'warning', audience: 'team' },
  ];
  const say = (reason: string, followUp?: FollowUp, stage?: number) => ({
    reason,
    thresholds,
    ...(stage !== undefined && { stage }),
    ...(followUp !== undefined && { followUp }),
  });
  const episodeOf = ({ startAt, endAt, overdueAt, followUp }: Due, now: number): Episode => {
    const isOverdue = endAt === undefined ? overdueAt <= now : overdueAt < endAt;
    return {
      startAt,
      completedAt: startAt,
      ...(endAt !== undefined && { endAt }),
      severity: isOverdue ? 'warning' : 'info',
      fate: 'live',
      evidence: [],
      explanation: isOverdue ? say('visit_overdue', followUp, 2) : say('visit_due', followUp, 1),
    };
  };

  /** Every stretch in which a visit was due; only the last may be open. */
  const stretches = ({ care }: PatientHistory, { registeredAt, timeZone }: PatientProfile, now: number): Due[] => {
    const { plans } = care;
    const visits = care.visits.filter(({ at }) => at <= now);
    const found: Due[] = [];
    let open: Due | undefined;
    for (let seen = 0; seen <= visits.length; seen++) {
      const begunAt = visits[seen - 1]?.at ?? registeredAt;
      // What falls due at the moment of the next visit has not been due.
      const until = visits[seen] === undefined ? now : visits[seen]!.at - 1;
      const followUp = nextFollowUp({ visits: visits.slice(0, seen), plans, registeredAt, timeZone }, until);
      const { dueOn } = followUp;
      const dueAt = localDayBounds(addDays(dueOn, -withinDays), timeZone).startAt;
      if (open !== undefined && dueAt > begunAt) {
        open.endAt = begunAt;
        open = undefined;
      }
      const startAt = Math.max(dueAt, begunAt);
      if (open === undefined && startAt <= until) {
        open = { startAt, overdueAt: Number.POSITIVE_INFINITY, followUp };
        found.push(open);
      }
      if (open === undefined) continue;
      open.overdueAt = localDayBounds(addDays(dueOn, overdueDays), timeZone).startAt;
      open.followUp = followUp;
    }
    return found;
  };

  return {
    id: 'PHS-01',
    version: 1,
    title: 'Follow-up visit due',
    condition: 'follow_up',
    direction: 'none',
    thresholds,
    timing: { cooldownMs: 7 * DAY_MS },
    stages,
    listsPast: false,
    restsOn: ['care'],
    daysBack: 0,
    // Visits are known from the first on: nothing is too long ago to be judged.
    leadMs: Number.NEGATIVE_INFINITY,
    evaluate(history, profile, now): Evaluation {
      const followed = followedUpPeriods(history.care);
      const due = stretches(history, profile, now).flatMap((stretch) => within(followed, stretch, now));
      const episodes = due.map((stretch) => episodeOf(stretch, now));
      if (!isFollowedUpAt(followed, now)) {
        return { verdict: 'unknown', episodes, explanation: say('not_followed_up') };
      }
      const newest = episodes.at(-1);
      if (newest === undefined || newest.endAt !== undefined) {
        const { plans, visits } = history.care;
        const known = { plans, visits: visits.filter(({ at }) => at <= now), ...profile };
        return { verdict: 'clear', episodes, explanation: say('not_due', nextFollowUp(known, now)) };
      }
      return { verdict: 'firing', severity: newest.severity, episodes, explanation: newest.explanation };
    },
    findRecovery: () => undefined,
  };
}

/** The parts of what was due in which the patient was followed up: nothing is due of whoever no longer is. */
function within(periods: readonly Required<Period>[], due: Due, now: number): Due[] {
  return periods.flatMap(({ from, to }) => {
    const startAt = Math.max(due.startAt, from);
    const endAt = Math.min(due.endAt ?? Number.POSITIVE_INFINITY, to);
    if (startAt >= endAt || startAt > now) return [];
    const { overdueAt, followUp } = due;
    return [{ startAt, overdueAt, followUp, ...(endAt <= now && { endAt }) }];
  });
}
