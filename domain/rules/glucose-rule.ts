// Makes a rule of a glucose scan: fates by lateness, severity at event time, one explanation per reason.
// Reasons: the rule's own while live, those of fate-of-late.ts, `recovered`, `not_beyond_line`, `no_readings`.
import type { GlucoseSeries } from '../glucose-series.ts';
import { ACT_ON_LATE_WITHIN_MS, fateOfLate } from './fate-of-late.ts';
import { isBeyond } from './glucose-line.ts';
import type { Episode, Evaluation, Explanation, PatientProfile, PatientWindow, Rule, Severity } from './rule.ts';
import type { FoundEpisode, GlucoseScan } from './scan-glucose.ts';
import { findRecovery, scanGlucose } from './scan-glucose.ts';

/** What lies further apart is another episode, if the condition is completed anew: CGM as §3.6, fingersticks as §7 c. */
export const NEW_EPISODE_AFTER_MS = { cgm: 45 * 60_000, smbg: ACT_ON_LATE_WITHIN_MS } as const;

export interface GlucoseRuleDefinition
  extends Pick<Rule, 'id' | 'version' | 'title' | 'direction' | 'thresholds' | 'timing'> {
  readonly scan: GlucoseScan;
  /** What is said of an episode while it is live, e.g. `below_line_twice`. */
  readonly reason: string;
  /** By what was true of the patient when the condition was completed. */
  severityAt(profile: PatientProfile, completedAt: number): Severity;
}

export function createGlucoseRule(definition: GlucoseRuleDefinition): Rule {
  const { scan, reason, severityAt, ...described } = definition;
  const say = (text: string): Explanation => ({ reason: text, thresholds: described.thresholds });
  const live = say(reason);
  const recovered = say('recovered');
  const quiet = say('not_beyond_line');
  const unknown = say('no_readings');

  const judge = (found: FoundEpisode, profile: PatientProfile, now: number): Episode => {
    const { startAt, completedAt, endAt, freshAt, evidence } = found;
    const severity = severityAt(profile, completedAt);
    const base = { startAt, completedAt, ...(endAt !== undefined && { endAt }), evidence };
    if (freshAt !== undefined) return { ...base, freshAt, severity, fate: 'live', explanation: live };
    const ageMs = scan.kind === 'smbg' ? now - found.newestAt : undefined;
    const late = fateOfLate(severity, described.direction, endAt !== undefined || found.knownRecovering, ageMs);
    return { ...base, severity: late.severity, fate: late.fate, explanation: say(late.reason) };
  };

  return {
    ...described,
    condition: 'glucose',
    kinds: [scan.kind],
    mayStart: ({ value, metaOrDiastolic }) => isBeyond(scan.line, value, metaOrDiastolic),
    evaluate(window: PatientWindow, profile: PatientProfile, now: number, settledUntil?: number): Evaluation {
      const list = window[scan.kind];
      if (!hasReadings(list)) return { verdict: 'unknown', episodes: [], explanation: unknown };
      const found = scanGlucose(list, scan, settledUntil);
      if (found.length === 0) return { verdict: 'clear', episodes: [], explanation: quiet };
      const episodes = found.map((episode) => judge(episode, profile, now));
      const newest = episodes.at(-1)!;
      if (newest.endAt !== undefined) return { verdict: 'clear', episodes, explanation: recovered };
      const { severity, explanation } = newest;
      if (newest.fate === 'retrospective') return { verdict: 'clear', episodes, explanation };
      return { verdict: 'firing', severity, episodes, explanation };
    },
    findRecovery: (window, completedAt) => findRecovery(window[scan.kind], scan, Math.max(window.from, completedAt)),
  };
}

function hasReadings(list: readonly GlucoseSeries[]): boolean {
  for (const series of list) if (series.length > 0) return true;
  return false;
}
