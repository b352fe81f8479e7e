// CGM-09: a low that looks as if the sensor was lain on (clinical.md §3.7, §7; the thresholds are unverified, §8). A label after the fact:
// it holds back no live alert, belongs to no alert about a low, and stays for a day, so that whoever reviews drugs sees it.
// Reasons: `compression_low`, `recovered`, `late`, `not_beyond_line`, `no_readings`.
import { mgPerDlOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import { type CompressionLow, compressionLows, FALL_WITHIN_MS, RETURN_WITHIN_MS } from '../metrics/compression-low.ts';
import { bandThreshold } from './band-threshold.ts';
import { evaluateTroubles, type Trouble, uniteTroubles } from './device-trouble.ts';
import { firstBeyond, isBeyond, lowLine } from './glucose-line.ts';
import { firstIndexFrom } from './merged-rows.ts';
import type { EvidenceReading, PatientProfile, PatientWindow, Rule } from './rule.ts';
import { createSlotRun, slotsFor } from './slot-run.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  below: bandThreshold('lowBelow'),
  minutes: { value: 15, unit: 'min' },
  shownFor: { value: 24, unit: 'h' },
} as const;

const MS_PER_HOUR = 3_600_000;
/** A label looks back from the low, and on from it. */
const LEAD_MS = FALL_WITHIN_MS + RETURN_WITHIN_MS;

export function createCgm09CompressionLow(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const line = lowLine(thresholds.below);
  const shownMs = thresholds.shownFor.value * MS_PER_HOUR;
  const say = (reason: string) => ({ reason, thresholds });

  /** Whether it holds a level 1 event. What glucose came back to may lie below the line, too. */
  const isEvent = (series: GlucoseSeries, { lowAt, returnedAt }: CompressionLow) => {
    const { measuredAt, value, meta, cadenceMin, length } = series;
    const run = createSlotRun();
    for (let row = firstIndexFrom(series, lowAt); row < length && measuredAt[row]! <= returnedAt; row++) {
      if (!isBeyond(line, value[row]!, meta[row]!)) run.reset();
      else run.add(measuredAt[row]!, row, cadenceMin);
      if (run.slots >= slotsFor(thresholds.minutes.value, cadenceMin)) return true;
    }
    return false;
  };
  const troubleOf = (series: GlucoseSeries, label: CompressionLow): Trouble => {
    const { lowAt, returnedAt } = label;
    const returned = firstIndexFrom(series, returnedAt);
    const isInTime = (series.meta[returned]! & META.late) === 0;
    return {
      startAt: lowAt,
      completedAt: returnedAt,
      endAt: returnedAt + shownMs,
      ...(isInTime && { freshAt: returnedAt }),
      reason: 'compression_low',
      evidence: evidenceOf(series, label, returned),
    };
  };
  const troublesIn = ({ cgm }: PatientWindow, { timeZone }: PatientProfile, from: number) =>
    uniteTroubles(
      cgm.flatMap((series) => {
        const firstLow = firstBeyond(line, series);
        if (firstLow === -1) return [];
        return compressionLows(traceOf(series, firstLow), timeZone)
          .filter((label) => label.lowAt >= from && isEvent(series, label))
          .map((label) => troubleOf(series, label));
      }),
    );

  return {
    id: 'CGM-09',
    version: 2,
    title: 'Low that looks like a compressed sensor',
    condition: 'glucose',
    direction: 'none',
    kinds: ['cgm'],
    thresholds,
    timing: { cooldownMs: 24 * MS_PER_HOUR },
    leadMs: LEAD_MS,
    mayStart({ series, row }) {
      if (series === undefined) return false;
      const { measuredAt, value, meta } = series;
      const at = measuredAt[row]!;
      for (let before = row - 1; before >= 0 && at - measuredAt[before]! <= RETURN_WITHIN_MS; before--) {
        if (isBeyond(line, value[before]!, meta[before]!)) return true;
      }
      return false;
    },
    evaluate(window, profile, now, settledUntil = Number.NEGATIVE_INFINITY) {
      if (!window.cgm.some(({ length }) => length > 0))
        return { verdict: 'unknown', episodes: [], explanation: say('no_readings') };
      const troubles = troublesIn(window, profile, Math.max(window.from + LEAD_MS, settledUntil));
      const told = troubles.map((trouble) => (trouble.endAt! <= now ? trouble : { ...trouble, endAt: undefined }));
      const quiet = say('not_beyond_line');
      const evaluation = evaluateTroubles(told, { severity: 'info', thresholds, quiet });
      const nextDeadlineAt = troubles.map(({ endAt }) => endAt!).find((at) => at > now);
      return nextDeadlineAt === undefined ? evaluation : { ...evaluation, nextDeadlineAt };
    },
    findRecovery(window, completedAt, profile, now) {
      let endAt = completedAt + shownMs;
      for (const trouble of troublesIn(window, profile, completedAt)) {
        if (trouble.startAt < endAt) endAt = Math.max(endAt, trouble.endAt!);
      }
      return endAt <= now ? endAt : undefined;
    },
  };
}

/** From an hour before its first low on; nothing earlier has a part in a label. */
function traceOf(series: GlucoseSeries, firstLow: number) {
  const first = firstIndexFrom(series, series.measuredAt[firstLow]! - RETURN_WITHIN_MS);
  const rows = Array.from({ length: series.length - first }, (_, index) => first + index);
  return {
    measuredAt: rows.map((row) => series.measuredAt[row]!),
    mgPerDl: rows.map((row) => mgPerDlOf(series.value[row]!, series.meta[row]!)),
  };
}

function evidenceOf(
  { deviceKey, measuredAt }: GlucoseSeries,
  label: CompressionLow,
  returned: number,
): EvidenceReading[] {
  const evidence: EvidenceReading[] = [];
  for (let row = returned; row >= 0 && measuredAt[row]! >= label.fellFromAt; row--) {
    evidence.push({ deviceKey, kind: 'cgm', measuredAt: measuredAt[row]! });
  }
  return evidence.reverse();
}
