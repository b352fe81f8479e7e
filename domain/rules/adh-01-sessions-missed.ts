// ADH-01: fewer than half of the planned fingerstick or blood-pressure sessions of 7 days, each kind for itself (clinical.md §6, §7).
// A blood-pressure session is that of §5.2; fingersticks within 10 min of the first are one session likewise. The plan, and the
// registration, have to cover the 7 days. Reasons: `sessions_missed`, `enough_sessions`, `no_plan`, `not_enough_data`, `recovered`.
import { bloodPressureSessions, SESSION_MS } from '../blood-pressure/session.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import { createStepRule } from './create-step-rule.ts';
import type { DatedPlan, HistoryRule } from './history-rule.ts';
import { mergeRows } from './merged-rows.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = {
  doneBelow: { value: 50, unit: 'percent' },
  clearFrom: { value: 70, unit: 'percent' },
} as const;
const WEEK = 7;
const DAY_MS = 86_400_000;

type Kept = 'not_planned' | 'partly_planned' | { readonly percent: number };

export function createAdh01SessionsMissed(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'ADH-01',
    version: 1,
    title: 'Planned measurements missed',
    condition: 'adherence',
    direction: 'none',
    thresholds,
    timing: { cooldownMs: WEEK * DAY_MS },
    // The patient is told; the team finds it in its list.
    stages: [{ afterMs: 0, severity: 'info', audience: 'patient' }],
    listsPast: false,
    restsOn: ['smbg', 'bp', 'care'],
    lookBackDays: WEEK,
    steps({ smbg, bp, care }, { registeredAt }, { startAt }) {
      const kinds = [
        {
          perWeek: (plan: DatedPlan) => plan.glucoseSessionsPerWeek,
          sessionsAt: fingerstickSessionsAt(smbg, startAt[0]!),
        },
        {
          perWeek: (plan: DatedPlan) => plan.bloodPressureSessionsPerWeek,
          sessionsAt: bloodPressureSessions(bp).map((session) => session.startAt),
        },
      ];
      const keptBefore = (index: number): Kept[] => {
        const [from, to] = [startAt[index - WEEK]!, startAt[index]!];
        return kinds.map(({ perWeek, sessionsAt }): Kept => {
          const planned = startAt
            .slice(index - WEEK, index)
            .map((day) => care.plans.map((plan) => (holdsAt(plan, day) && perWeek(plan)) || 0).find(Boolean) ?? 0);
          if (planned.at(-1) === 0) return 'not_planned';
          if (planned.includes(0) || from < registeredAt) return 'partly_planned';
          const done = sessionsAt.filter((at) => at >= from && at < to).length;
          // Each day has a seventh of its plan's week.
          return { percent: (100 * done * WEEK) / planned.reduce((sum, day) => sum + day) };
        });
      };
      return startAt.map(
        (at, index): Step => ({
          at,
          judge(settledUntil) {
            const kept = keptBefore(index);
            const percents = kept.flatMap((each) => (typeof each === 'string' ? [] : each.percent));
            const isNew = startAt[index - WEEK]! >= settledUntil;
            if (isNew && percents.some((percent) => percent < thresholds.doneBelow.value)) {
              return { outcome: 'starts', severity: 'info', stage: 1, reason: 'sessions_missed', evidence: [] };
            }
            if (percents.length > 0) return { outcome: 'clear', reason: 'enough_sessions' };
            const isPartly = kept.includes('partly_planned');
            return { outcome: 'unknown', reason: isPartly ? 'not_enough_data' : 'no_plan' };
          },
          ends: () =>
            keptBefore(index).every((kept) =>
              typeof kept === 'string' ? kept === 'not_planned' : kept.percent >= thresholds.clearFrom.value,
            ),
        }),
      );
    },
  });
}

function holdsAt({ from, to = Number.POSITIVE_INFINITY }: DatedPlan, at: number): boolean {
  return from <= at && at < to;
}

/** When each began, epoch ms. */
function fingerstickSessionsAt(smbg: readonly GlucoseSeries[], from: number): number[] {
  const found: number[] = [];
  if (smbg.length === 0) return found;
  const rows = mergeRows(smbg, from);
  while (rows.next()) {
    const beganAt = found.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (rows.measuredAt - beganAt > SESSION_MS) found.push(rows.measuredAt);
  }
  return found;
}
