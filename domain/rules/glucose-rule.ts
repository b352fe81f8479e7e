// Makes a rule of a glucose scan: fates by lateness, severity at event time, one explanation per reason.
// Reasons: the rule's own while live, those of fate-of-late.ts and explain-clear.ts, `recovered`, `not_beyond_line`, `no_readings`.
import type { GlucoseSeries } from '../glucose-series.ts';
import { type GlucoseKind, LIVE_WITHIN_MS } from '../reading.ts';
import { explainClear } from './explain-clear.ts';
import { ACT_ON_LATE_WITHIN_MS } from './fate-of-late.ts';
import { fingerstickSilence, neverSilenced } from './fingerstick-silence.ts';
import { isBeyond } from './glucose-line.ts';
import { judgeFound } from './judge-found.ts';
import { FINGERSTICK_PRIORITY } from './priorities.ts';
import type {
  Episode,
  Evaluation,
  Explanation,
  MeasurementRequest,
  PatientProfile,
  PatientWindow,
  Rule,
  Severity,
} from './rule.ts';
import type { FoundEpisode, GlucoseScan } from './scan-glucose.ts';
import { findRecovery, scanGlucose } from './scan-glucose.ts';

/** What lies further apart is another episode, if the condition is completed anew: CGM as §3.6, fingersticks as §7 c. */
export const NEW_EPISODE_AFTER_MS = { cgm: 45 * 60_000, smbg: ACT_ON_LATE_WITHIN_MS } as const;

export interface GlucoseRuleDefinition
  extends Pick<Rule, 'id' | 'version' | 'title' | 'direction' | 'thresholds' | 'timing' | 'leadMs'> {
  readonly scan: GlucoseScan;
  /** What is said of an episode while it is live, e.g. `below_line_twice`. */
  readonly reason: string;
  /** The patient is asked to measure again so long after a reading that completed it or was beyond the line. */
  readonly repeatAfterMs?: number | undefined;
  /** Of what lies beyond the scan's line, what can begin an episode by itself; absent: all of it. */
  begins?(value: number, meta: number): boolean;
  /** By what was true of the patient when the condition was completed. */
  severityAt(profile: PatientProfile, completedAt: number): Severity;
}

export function createGlucoseRule(definition: GlucoseRuleDefinition): Rule {
  const { scan, reason, severityAt, repeatAfterMs, begins = () => true, ...described } = definition;
  const say = (text: string): Explanation => ({ reason: text, thresholds: described.thresholds });
  const live = say(reason);
  const recovered = say('recovered');
  const quiet = say('not_beyond_line');
  const unknown = say('no_readings');
  const isOverridden = FINGERSTICK_PRIORITY.silences.some((silenced) => silenced === described.id);
  const silenceIn = (window: PatientWindow) => (isOverridden ? fingerstickSilence(window) : neverSilenced);

  const judge = (found: FoundEpisode, profile: PatientProfile, now: number): Episode =>
    judgeFound(found, {
      severity: severityAt(profile, found.completedAt),
      direction: described.direction,
      live,
      thresholds: described.thresholds,
      ageMs: scan.kind === 'smbg' ? now - found.newestAt : undefined,
    });

  return {
    ...described,
    condition: 'glucose',
    kinds: [scan.kind],
    mayStart: ({ value, metaOrDiastolic }) =>
      isBeyond(scan.line, value, metaOrDiastolic) && begins(value, metaOrDiastolic),
    evaluate(window: PatientWindow, profile: PatientProfile, now: number, endedAt?: number): Evaluation {
      const list = window[scan.kind];
      if (!hasReadings(list)) return { verdict: 'unknown', episodes: [], explanation: unknown };
      const isSilenced = silenceIn(window);
      const settledUntil =
        described.leadMs === undefined ? endedAt : Math.max(window.from + described.leadMs, endedAt ?? 0);
      const found = scanGlucose(list, scan, settledUntil, isSilenced);
      if (found === undefined) return { verdict: 'clear', episodes: [], explanation: quiet };
      const episodes = found.map((episode) => judge(episode, profile, now));
      const newest = episodes.at(-1);
      if (newest === undefined || newest.endAt !== undefined) {
        const why = explainClear(list, scan, newest?.endAt ?? settledUntil ?? Number.NEGATIVE_INFINITY, isSilenced);
        const otherwise = newest === undefined ? quiet : recovered;
        return { verdict: 'clear', episodes, explanation: why ? { ...otherwise, ...why } : otherwise };
      }
      const { severity, explanation } = newest;
      if (newest.fate === 'retrospective') return { verdict: 'clear', episodes, explanation };
      const request = repeatAfterMs === undefined ? undefined : repeatOf(newest, scan.kind, repeatAfterMs);
      return { verdict: 'firing', severity, episodes, explanation, ...(request && { request }) };
    },
    findRecovery: (window, completedAt) =>
      findRecovery(window[scan.kind], scan, Math.max(window.from, completedAt), silenceIn(window)),
  };
}

/** Of what was seen in time, until it is late itself. */
function repeatOf({ freshAt, evidence }: Episode, kind: GlucoseKind, afterMs: number): MeasurementRequest | undefined {
  const device = evidence.at(-1);
  if (freshAt === undefined || device === undefined) return undefined;
  return { kind, deviceKey: device.deviceKey, dueAt: freshAt + afterMs, expiresAt: freshAt + LIVE_WITHIN_MS };
}

function hasReadings(list: readonly GlucoseSeries[]): boolean {
  for (const series of list) if (series.length > 0) return true;
  return false;
}
