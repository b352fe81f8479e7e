// CGM-06: half an hour at the public-health emergency line of 16.7 mmol/L or above, or two HIGH codes (clinical.md §4.2, §7). Suspect
// readings count, but none completes it (§3.7).
import { startAfterMinutesOrCodes } from './episode-start.ts';
import { highLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import { slotsFor } from './slot-run.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

/** In whole mg/dL as SMBG-03 has them: 16.7 mmol/L is 300.9, so 301 is the first value at it; 13.9 is 250.4, so 250 lies below it. */
const DEFAULTS = {
  atOrAbove: { value: 301, mmolPerL: 16.7, unit: 'mg/dL', inclusive: true, fixed: 'emergency_line' },
  minutes: { value: 30, unit: 'min' },
  codes: { value: 2, unit: 'readings' },
  clearBelow: { value: 251, mmolPerL: 13.9, unit: 'mg/dL', inclusive: true },
  clearAfter: { value: 30, unit: 'min' },
} as const;

export function createCgm06EmergencyHigh(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  return createGlucoseRule({
    id: 'CGM-06',
    version: 1,
    title: 'Glucose at the emergency line',
    direction: 'high',
    thresholds,
    timing: { repeatMs: 60 * 60_000 },
    reason: 'at_or_above_emergency_line',
    scan: {
      kind: 'cgm',
      line: highLine(thresholds.atOrAbove, true),
      clearLine: highLine(thresholds.clearBelow, true),
      clearMin: thresholds.clearAfter.value,
      newAfterMs: NEW_EPISODE_AFTER_MS.cgm,
      createStart: () => startAfterMinutesOrCodes(thresholds.minutes.value, thresholds.codes.value),
      persistence: { counts: 'slots', needed: (cadenceMin) => slotsFor(thresholds.minutes.value, cadenceMin) },
    },
    severityAt: () => 'critical',
  });
}
