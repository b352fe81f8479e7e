// CGM-05: extended hyperglycaemia, most of two hours above 250 mg/dL (clinical.md §3.6, §7). Suspect readings count, but none
// completes it (§3.7).
import { bandThreshold } from './band-threshold.ts';
import { startAfterShare } from './episode-start.ts';
import { highLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import { slotsFor } from './slot-run.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  above: bandThreshold('highUpTo'),
  minutes: { value: 90, unit: 'min' },
  ofMinutes: { value: 120, unit: 'min' },
  clearUpTo: bandThreshold('inRangeUpTo'),
  clearAfter: { value: 15, unit: 'min' },
} as const;

export function createCgm05ExtendedHigh(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const lookBackMs = thresholds.ofMinutes.value * 60_000;
  return createGlucoseRule({
    id: 'CGM-05',
    version: 1,
    title: 'Very high glucose for long',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 4 * 3_600_000 },
    reason: 'above_line_for_share',
    leadMs: lookBackMs,
    scan: {
      kind: 'cgm',
      line: highLine(thresholds.above),
      clearLine: highLine(thresholds.clearUpTo),
      clearMin: thresholds.clearAfter.value,
      newAfterMs: NEW_EPISODE_AFTER_MS.cgm,
      lookBackMs,
      createStart: () => startAfterShare(thresholds.minutes.value, thresholds.ofMinutes.value),
      persistence: { counts: 'share', needed: (cadenceMin) => slotsFor(thresholds.minutes.value, cadenceMin) },
    },
    severityAt: () => 'warning',
  });
}
