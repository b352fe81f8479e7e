// Makes a rule of a slope scan (CGM-03, CGM-07). Reasons: the rule's own while live, those of fate-of-late.ts, `recovered`,
// `not_beyond_line`, `below_persistence`, `inhibited`, `not_enough_data` (no slope of the newest readings is known), `no_readings`.
import type { GlucoseSeries } from '../glucose-series.ts';
import { EXPLAINED_MS } from './explain-clear.ts';
import { judgeFound } from './judge-found.ts';
import { FINGERSTICK_PRIORITY } from './priorities.ts';
import { opensHalfMinute, slopeAt } from './row-slope.ts';
import type { Episode, Evaluation, EvidenceReading, Explanation, PatientWindow, Rule, Severity } from './rule.ts';
import type { FoundEpisode } from './scan-glucose.ts';
import {
  evidenceOfSlope,
  findSlopeRecovery,
  type Overruling,
  overrulingAt,
  type SlopeScan,
  scanSlope,
} from './scan-slope.ts';

/** A slope looks back 15 min, and a condition takes two of them within 10: what a window's start cuts is not judged anew. */
const LEAD_MS = 25 * 60_000;

export interface SlopeRuleDefinition
  extends Pick<Rule, 'id' | 'version' | 'title' | 'thresholds' | 'timing' | 'stages'> {
  readonly scan: SlopeScan;
  readonly severity: Severity;
  readonly reason: string;
  /** Where other rules are open, which say more. */
  overrulingsIn?(window: PatientWindow): readonly Overruling[];
  /** Whether what is completed at an instant is put off. */
  silenceIn?(window: PatientWindow): (at: number) => boolean;
}

export function createSlopeRule(definition: SlopeRuleDefinition): Rule {
  const { scan, severity, reason, overrulingsIn, silenceIn, ...described } = definition;
  const { thresholds, stages } = described;
  const say = (text: string): Explanation => ({ reason: text, thresholds });
  const stagesPassed = (completedAt: number, until: number) =>
    stages?.filter(({ afterMs }) => completedAt + afterMs <= until).length ?? 0;
  const explain = ({ completedAt, endAt }: FoundEpisode, now: number): Explanation =>
    stages === undefined
      ? say(reason)
      : { ...say(reason), stage: stagesPassed(completedAt, Math.max(completedAt, Math.min(now, endAt ?? now))) };
  const judge = (found: FoundEpisode, now: number): Episode =>
    judgeFound(found, { severity, direction: 'low', live: explain(found, now), thresholds });
  const inSight = (scanned: SlopeScan, window: PatientWindow): SlopeScan => {
    const isSilenced = silenceIn?.(window);
    if (isSilenced === undefined) return scanned;
    return {
      isOver: scanned.isOver,
      startAt(series, row, fromAt) {
        const startIndex = scanned.startAt(series, row, fromAt);
        return startIndex !== -1 && isSilenced(series.measuredAt[row]!) ? -1 : startIndex;
      },
    };
  };

  return {
    ...described,
    condition: 'glucose',
    direction: 'low',
    kinds: ['cgm'],
    leadMs: LEAD_MS,
    restsUnknown: true,
    mayStart: ({ series, row }) =>
      series !== undefined &&
      opensHalfMinute(series, row) &&
      scan.startAt(series, row, Number.NEGATIVE_INFINITY) !== -1,
    evaluate(window, _profile, now, settledUntil = Number.NEGATIVE_INFINITY): Evaluation {
      const { cgm } = window;
      const newest = newestOf(cgm);
      if (newest === undefined) return { verdict: 'unknown', episodes: [], explanation: say('no_readings') };
      const from = Math.max(window.from + LEAD_MS, settledUntil);
      const overrulings = () => overrulingsIn?.(window) ?? [];
      const found = scanSlope(cgm, inSight(scan, window), from, overrulings);
      const episodes = found.map((episode) => judge(episode, now));
      const last = episodes.at(-1);
      if (last !== undefined && last.endAt === undefined) {
        if (last.fate === 'retrospective') return { verdict: 'clear', episodes, explanation: last.explanation };
        const next = stages?.map(({ afterMs }) => last.completedAt + afterMs).find((at) => at > now);
        const { explanation } = last;
        return { verdict: 'firing', severity: last.severity, episodes, nextDeadlineAt: next, explanation };
      }
      const row = newest.length - 1;
      if (Number.isNaN(slopeAt(newest, row))) {
        return { verdict: 'unknown', episodes, explanation: say('not_enough_data') };
      }
      if (scan.startAt(newest, row, from) !== -1) {
        const at = newest.measuredAt[row]!;
        const overruling = overrulingAt(overrulings(), at);
        const inhibitedBy = overruling?.by ?? (silenceIn?.(window)(at) ? FINGERSTICK_PRIORITY.speaks : undefined);
        if (inhibitedBy !== undefined) {
          const readings = [{ deviceKey: newest.deviceKey, kind: 'cgm' as const, measuredAt: at }];
          return { verdict: 'clear', episodes, explanation: { ...say('inhibited'), readings, inhibitedBy } };
        }
      }
      const part = lastPartOf(newest, scan, Math.max(from, last?.endAt ?? from));
      if (part !== undefined) {
        return { verdict: 'clear', episodes, explanation: { ...say('below_persistence'), readings: part } };
      }
      return { verdict: 'clear', episodes, explanation: say(last === undefined ? 'not_beyond_line' : 'recovered') };
    },
    findRecovery(window, completedAt) {
      const from = Math.max(window.from, completedAt);
      return findSlopeRecovery(window.cgm, inSight(scan, window), from, () => overrulingsIn?.(window) ?? []);
    },
  };
}

/** The readings of the newest row, of two hours, that met the condition but not often enough. */
function lastPartOf(series: GlucoseSeries, scan: SlopeScan, afterAt: number): EvidenceReading[] | undefined {
  const { measuredAt, length } = series;
  const fromAt = Math.max(afterAt, measuredAt[length - 1]! - EXPLAINED_MS);
  for (let row = length - 1; row >= 0 && measuredAt[row]! >= fromAt; row--) {
    if (opensHalfMinute(series, row) && scan.isPart?.(series, row)) return evidenceOfSlope(series, row, row);
  }
  return undefined;
}

/** The series that was heard last; of several heard then one whose slope is known, then the lower device key's. */
function newestOf(list: readonly GlucoseSeries[]): GlucoseSeries | undefined {
  return list.filter(({ length }) => length !== 0).sort(byWhoSpeaks)[0];
}

function byWhoSpeaks(one: GlucoseSeries, other: GlucoseSeries): number {
  const newestAt = ({ measuredAt, length }: GlucoseSeries) => measuredAt[length - 1]!;
  const unknown = (series: GlucoseSeries) => Number(Number.isNaN(slopeAt(series, series.length - 1)));
  return newestAt(other) - newestAt(one) || unknown(one) - unknown(other) || one.deviceKey - other.deviceKey;
}
