// BP-03: home pressure at the level of grade 2 on two days of a week (clinical.md §7). A sitting counts once it is over, 10 min after
// its first reading, by its mean. Reasons: `grade_2_on_days`, `not_beyond_line`, `no_readings`, `recovered`.
import { HOME_ELEVATED_FROM } from '../blood-pressure/home.ts';
import { type BloodPressureSession, bloodPressureSessions, SESSION_MS } from '../blood-pressure/session.ts';
import { dayIndexOf } from '../history-days.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import { evidenceOf, homeBetween } from './history-windows.ts';
import { reaches } from './judge-emergency-sitting.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Judgement, Step } from './walk-steps.ts';

const DEFAULTS = {
  systolic: { value: 160, unit: 'mmHg' },
  diastolic: { value: 100, unit: 'mmHg' },
  onDays: { value: 2, unit: 'days' },
  clearBelowSystolic: { value: HOME_ELEVATED_FROM.systolicMmHg, unit: 'mmHg' },
  clearBelowDiastolic: { value: HOME_ELEVATED_FROM.diastolicMmHg, unit: 'mmHg' },
} as const;
const WEEK = 7;
const DAY_MS = 86_400_000;

export function createBp03HomeGrade2(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const line = { systolicMmHg: thresholds.systolic.value, diastolicMmHg: thresholds.diastolic.value };
  const clearBelow = {
    systolicMmHg: thresholds.clearBelowSystolic.value,
    diastolicMmHg: thresholds.clearBelowDiastolic.value,
  };
  const overAt = ({ startAt }: BloodPressureSession) => startAt + SESSION_MS;

  return createStepRule({
    id: 'BP-03',
    version: 1,
    title: 'Home blood pressure at grade 2 on two days',
    condition: 'blood_pressure',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: WEEK * DAY_MS },
    restsOn: ['bp'],
    lookBackDays: WEEK,
    // Its sitting may yet come to it.
    mayStart: (kind, systolicMmHg, diastolicMmHg) => kind === 'bp' && reaches({ systolicMmHg, diastolicMmHg }, line),
    steps({ bp }, { timeZone }, days) {
      const sessions = bloodPressureSessions(bp);
      const beyond = sessions.filter(({ mean }) => reaches(mean, line));
      /** On the local day of `at` and the six before it. */
      const judgeAt = (at: number, settledUntil: number): Judgement => {
        const from = Math.max(days.startAt[dayIndexOf(days, at) - (WEEK - 1)] ?? at, settledUntil);
        const seen = beyond.filter((session) => session.startAt >= from && overAt(session) <= at);
        const onDays = new Set(seen.map(({ startAt }) => dayIndexOf(days, startAt)));
        if (onDays.size >= thresholds.onDays.value) {
          const evidence = evidenceOf(seen.flatMap(({ readings }) => readings));
          return { outcome: 'starts', severity: 'warning', reason: 'grade_2_on_days', evidence };
        }
        const isMeasured = sessions.some((session) => session.startAt >= from && overAt(session) <= at);
        return isMeasured
          ? { outcome: 'clear', reason: 'not_beyond_line' }
          : { outcome: 'unknown', reason: 'no_readings' };
      };
      const midnights = days.startAt.map(
        (at, index): Step => ({
          at,
          judge: (settledUntil) => judgeAt(at, settledUntil),
          ends(completedAt) {
            const from = Math.max(days.startAt[index - WEEK] ?? at, completedAt);
            const { mean } = homeBetween(bp, { from, to: at }, timeZone);
            return mean !== undefined && !reaches(mean, clearBelow);
          },
        }),
      );
      const sittings = beyond.map(
        (session): Step => ({
          at: overAt(session),
          judge: (settledUntil) => judgeAt(overAt(session), settledUntil),
          ends: () => false,
        }),
      );
      return [...midnights, ...sittings].sort((a, b) => a.at - b.at);
    },
    nextStepAt: ({ bp }, _profile, _days, now) =>
      bloodPressureSessions(bp)
        .filter((session) => overAt(session) > now && reaches(session.mean, line))
        .map(overAt)[0],
  });
}
