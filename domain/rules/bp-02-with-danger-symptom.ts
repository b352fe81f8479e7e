// BP-02: BP-01 fires and a danger symptom is reported (clinical.md §7): call now. A person ends it, no reading does: only another
// emergency takes its place. Reasons: `danger_symptom`, `awaiting_repeat`, those of fate-of-late.ts, `no_symptom`, `not_beyond_line`.

import { resolveEmergencyLines } from './emergency-lines.ts';
import { fateOfLate } from './fate-of-late.ts';
import { reaches } from './judge-emergency-sitting.ts';
import { DANGER_SYMPTOMS, symptomFeltAt } from './reported-symptom.ts';
import type { Episode, Evaluation, PatientProfile, PatientWindow, Rule } from './rule.ts';
import { NO_OVERRIDES, type OverridesOfAll } from './rule-overrides.ts';
import { type FoundEmergency, scanEmergencySittings } from './scan-emergency-sittings.ts';
import { sittingsOf } from './sittings.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = { symptomWithin: { value: 12, unit: 'h' } } as const;

const MS_PER_HOUR = 3_600_000;

export function createBp02WithDangerSymptom(
  team?: ThresholdOverrides,
  patient?: ThresholdOverrides,
  all: OverridesOfAll = NO_OVERRIDES,
): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const emergency = resolveEmergencyLines(all.team['BP-01'], all.patient['BP-01']);
  const { lines, leadMs } = emergency;
  const { systolic, diastolic } = emergency.thresholds;
  const withinMs = thresholds.symptomWithin.value * MS_PER_HOUR;
  const say = (reason: string) => ({ reason, thresholds: { systolic, diastolic, ...thresholds } });

  const feltAt = ({ symptoms }: PatientProfile, sittingAt: number, until: number) =>
    symptomFeltAt(symptoms, DANGER_SYMPTOMS, sittingAt, withinMs, until);
  const scan = (window: PatientWindow, from: number, now: number, sinceAt = window.from) =>
    scanEmergencySittings(
      sittingsOf(window.bp).filter(({ startAt }) => startAt >= from),
      lines,
      Math.max(window.from, sinceAt),
      now,
    );
  const judge = (found: FoundEmergency, symptomAt: number, now: number, endAt: number | undefined): Episode => {
    const { startAt, freshAt, evidence } = found;
    const completedAt = Math.max(found.completedAt, symptomAt);
    const base = { startAt, completedAt, ...(endAt !== undefined && { endAt }), evidence };
    // Of a pressure that has come down nobody is to be called to now: what was told while it was up stays open by itself.
    const isOver = found.endAt !== undefined;
    if (freshAt !== undefined && !isOver)
      return { ...base, freshAt, severity: 'emergency', fate: 'live', explanation: say('danger_symptom') };
    const late = fateOfLate('emergency', 'high', isOver, now - found.newestAt);
    return { ...base, severity: late.severity, fate: late.fate, explanation: say(late.reason) };
  };
  const episodesOf = (found: readonly FoundEmergency[], profile: PatientProfile, now: number): Episode[] => {
    const felt = found.flatMap((one) => {
      const until = Math.min(one.endAt ?? Number.POSITIVE_INFINITY, now + 1);
      const symptomAt = one.severity === 'critical' ? feltAt(profile, sittingAtOf(one), until) : undefined;
      return symptomAt === undefined ? [] : [{ one, symptomAt }];
    });
    return felt.map(({ one, symptomAt }, index) => judge(one, symptomAt, now, felt[index + 1]?.one.startAt));
  };

  return {
    id: 'BP-02',
    version: 1,
    title: 'Blood pressure at the emergency line with a danger symptom',
    condition: 'blood_pressure',
    direction: 'high',
    kinds: ['bp'],
    thresholds,
    timing: {},
    leadMs,
    mayStart: ({ value, metaOrDiastolic }) =>
      value >= lines.clearBelow.systolicMmHg || metaOrDiastolic >= lines.clearBelow.diastolicMmHg,
    evaluate(window, profile, now, settledUntil = Number.NEGATIVE_INFINITY): Evaluation {
      if (window.bp.length === 0) return { verdict: 'unknown', episodes: [], explanation: say('no_readings') };
      if (!window.bp.some((reading) => reaches(reading, lines.emergency)))
        return { verdict: 'clear', episodes: [], explanation: say('not_beyond_line') };
      const { found, pending } = scan(window, Math.max(window.from + leadMs, settledUntil), now);
      const episodes = episodesOf(found, profile, now);
      const newest = episodes.at(-1);
      const awaited = pending && { nextDeadlineAt: pending.deadlineAt };
      if (newest !== undefined && newest.fate !== 'retrospective') {
        const { severity, explanation } = newest;
        return { verdict: 'firing', severity, episodes, ...awaited, explanation };
      }
      if (pending !== undefined && feltAt(profile, pending.reading.measuredAt, now + 1) !== undefined) {
        return { verdict: 'pending', severity: 'emergency', episodes, ...awaited, explanation: say('awaiting_repeat') };
      }
      return { verdict: 'clear', episodes, ...awaited, explanation: newest?.explanation ?? say('no_symptom') };
    },
    findRecovery(window, completedAt, profile, now) {
      const { found, recoveredAt = Number.POSITIVE_INFINITY } = scan(
        window,
        Math.max(window.from, completedAt + 1),
        now,
        completedAt,
      );
      return episodesOf(found, profile, now).find(({ startAt }) => startAt >= recoveredAt)?.startAt;
    },
  };
}

/** Its evidence begins with the first reading of its sitting. */
function sittingAtOf({ evidence, startAt }: FoundEmergency): number {
  return evidence[0]?.measuredAt ?? startAt;
}
