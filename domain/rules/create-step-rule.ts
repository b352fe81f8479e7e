// Makes a history rule of the steps at which it is judged.
// Promise: each step looks back a stated number of local days and no further, and only steps that see all of them are judged; so every
// window that holds a step says the same of it, and what began before is kept as persisted.
import { type HistoryDays, historyDays } from '../history-days.ts';
import type { HistoryRule, PatientHistory } from './history-rule.ts';
import type { Episode, Evaluation, PatientProfile, RuleDescription } from './rule.ts';
import { findEnd, type Step, type WalkedEpisode, walkSteps } from './walk-steps.ts';

const HOUR_MS = 3_600_000;
/** Today and the days before it that are judged anew each time: what comes that late, or after that long an outage, still counts. */
const JUDGED_DAYS = 3;

export interface StepRuleDefinition
  extends Omit<RuleDescription, 'leadMs'>,
    Pick<HistoryRule, 'restsOn' | 'mayStart' | 'endsWithAnyReading'> {
  /** Local days before its own that a step looks at. */
  readonly lookBackDays: number;
  /** Days of which the steps are judged anew each time, today's included; for a rule whose steps are further apart. */
  readonly judgedDays?: number;
  /** Ascending in `at`; those that see less than they should are left out afterwards. */
  steps(history: PatientHistory, profile: PatientProfile, days: HistoryDays, now: number): readonly Step[];
  /** When a step comes that is not the beginning of a day, epoch ms. */
  nextStepAt?(history: PatientHistory, profile: PatientProfile, days: HistoryDays, now: number): number | undefined;
}

export function createStepRule(definition: StepRuleDefinition): HistoryRule {
  const { lookBackDays, judgedDays = JUDGED_DAYS, steps, nextStepAt, ...described } = definition;
  const { thresholds } = described;
  // A day may have 25 hours.
  const leadMs = (lookBackDays * 24 + 1) * HOUR_MS;
  const say = (reason: string, stage?: number) => ({ reason, thresholds, ...(stage !== undefined && { stage }) });
  const stepsOf = (history: PatientHistory, profile: PatientProfile, days: HistoryDays, now: number) =>
    steps(history, profile, days, now).filter(({ at }) => at >= history.from + leadMs && at <= now);
  const episodeOf = ({ startAt, endAt, severity, reason, stage, evidence }: WalkedEpisode): Episode => ({
    startAt,
    completedAt: startAt,
    ...(endAt !== undefined && { endAt }),
    severity,
    // These speak of days: what is known of them is known now.
    fate: 'live',
    evidence,
    explanation: say(reason, stage),
  });

  return {
    ...described,
    leadMs,
    daysBack: lookBackDays + judgedDays,
    evaluate(history, profile, now, settledUntil): Evaluation {
      const days = historyDays(history.from, now, profile.timeZone);
      const { episodes: walked, last } = walkSteps(stepsOf(history, profile, days, now), settledUntil);
      const nextDeadlineAt = nextStepAt?.(history, profile, days, now);
      const episodes = walked.map(episodeOf);
      const base = { episodes, ...(nextDeadlineAt !== undefined && nextDeadlineAt > now && { nextDeadlineAt }) };
      const newest = episodes.at(-1);
      if (newest !== undefined && newest.endAt === undefined) {
        return { ...base, verdict: 'firing', severity: newest.severity, explanation: newest.explanation };
      }
      if (last === undefined || last.outcome === 'starts') {
        return { ...base, verdict: 'unknown', explanation: say('not_enough_data') };
      }
      return { ...base, verdict: last.outcome, explanation: say(last.reason) };
    },
    findRecovery(history, completedAt, profile, now) {
      const days = historyDays(history.from, now, profile.timeZone);
      return findEnd(stepsOf(history, profile, days, now), completedAt);
    },
  };
}
