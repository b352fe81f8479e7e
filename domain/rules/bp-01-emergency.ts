// BP-01: blood pressure at the public-health emergency line, confirmed by a repeat or by its absence (clinical.md §7).
// Reasons: `at_once`, `session_mean`, `no_repeat`, `unconfirmed` (a note, no page), `awaiting_repeat`, those of fate-of-late.ts.
import { resolveEmergencyLines } from './emergency-lines.ts';
import { fateOfLate } from './fate-of-late.ts';
import { reaches } from './judge-emergency-sitting.ts';
import type { Episode, Evaluation, Rule } from './rule.ts';
import { type FoundEmergency, scanEmergencySittings } from './scan-emergency-sittings.ts';
import { sittingsOf } from './sittings.ts';
import type { ThresholdOverrides } from './thresholds.ts';

const MS_PER_MIN = 60_000;

export function createBp01Emergency(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const { thresholds, lines, leadMs } = resolveEmergencyLines(team, patient);
  const say = (reason: string) => ({ reason, thresholds });
  const evaluation = (episodes: readonly Episode[]): Pick<Evaluation, 'verdict' | 'severity' | 'explanation'> => {
    const newest = episodes.at(-1);
    if (newest === undefined) return { verdict: 'clear', explanation: say('not_beyond_line') };
    const { fate, severity, endAt, explanation } = newest;
    if (endAt === undefined && fate !== 'retrospective') return { verdict: 'firing', severity, explanation };
    const wasOver = endAt !== undefined && fate === 'live' && severity !== 'info';
    return { verdict: 'clear', explanation: wasOver ? say('recovered') : explanation };
  };
  const judge = (found: FoundEmergency, now: number): Episode => {
    const { startAt, completedAt, endAt, freshAt, severity, evidence, reason } = found;
    const base = { startAt, completedAt, ...(endAt !== undefined && { endAt }), evidence };
    if (freshAt !== undefined) return { ...base, freshAt, severity, fate: 'live', explanation: say(reason) };
    const late = fateOfLate(severity, 'high', endAt !== undefined, now - found.newestAt);
    return { ...base, severity: late.severity, fate: late.fate, explanation: say(late.reason) };
  };

  return {
    id: 'BP-01',
    version: 1,
    title: 'Blood pressure at the emergency line',
    condition: 'blood_pressure',
    direction: 'high',
    kinds: ['bp'],
    thresholds,
    timing: { repeatMs: 30 * MS_PER_MIN },
    // A sitting that the window's start cuts would lack the repeat that refuted it.
    leadMs,
    // Not the emergency line: a third reading between can lift an unconfirmed session's mean to where its note is a warning.
    mayStart: ({ value, metaOrDiastolic }) =>
      value >= lines.clearBelow.systolicMmHg || metaOrDiastolic >= lines.clearBelow.diastolicMmHg,
    evaluate(window, _profile, now, settledUntil = -Infinity) {
      if (window.bp.length === 0) return { verdict: 'unknown', episodes: [], explanation: say('no_readings') };
      if (!window.bp.some((reading) => reaches(reading, lines.emergency))) {
        return { verdict: 'clear', episodes: [], explanation: say('not_beyond_line') };
      }
      const from = Math.max(window.from + leadMs, settledUntil);
      const seen = sittingsOf(window.bp).filter(({ startAt }) => startAt >= from);
      const scanned = scanEmergencySittings(seen, lines, window.from, now);
      const episodes = scanned.found.map((found) => judge(found, now));
      const { pending } = scanned;
      if (pending === undefined) return { ...evaluation(episodes), episodes };
      const { measuredAt, deviceKey } = pending.reading;
      const asked = {
        episodes,
        nextDeadlineAt: pending.deadlineAt,
        explanation: say('awaiting_repeat'),
        request: {
          kind: 'bp' as const,
          deviceKey,
          dueAt: measuredAt + thresholds.askToRepeatAfter.value * MS_PER_MIN,
          expiresAt: pending.deadlineAt,
        },
      };
      const { verdict, severity } = evaluation(episodes);
      return verdict === 'firing'
        ? { verdict, severity, ...asked }
        : { verdict: 'pending', severity: 'critical', ...asked };
    },
    findRecovery(window, completedAt) {
      const from = Math.max(window.from, completedAt);
      const since = sittingsOf(window.bp).filter(({ startAt }) => startAt > from);
      return scanEmergencySittings(since, lines, from, since.at(-1)?.endAt ?? from).recoveredAt;
    },
  };
}
