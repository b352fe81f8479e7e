// SMBG-03: a fingerstick at the public-health emergency line of 16.7 mmol/L or above, or HI (clinical.md §4.2, §7). The line belongs
// to what fires; over with one later fingerstick below 13.9 mmol/L.
import { startAtOnce } from './episode-start.ts';
import { highLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

/** In whole mg/dL: 16.7 mmol/L is 300.9, so 301 is the first value at it; 13.9 is 250.4, so 250 lies below it and 251 doesn't. */
const DEFAULTS = {
  atOrAbove: { value: 301, mmolPerL: 16.7, unit: 'mg/dL', inclusive: true, fixed: 'emergency_line' },
  clearBelow: { value: 251, mmolPerL: 13.9, unit: 'mg/dL', inclusive: true },
} as const;

export function createSmbg03EmergencyHigh(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  return createGlucoseRule({
    id: 'SMBG-03',
    version: 2,
    title: 'Fingerstick at the emergency line',
    direction: 'high',
    thresholds,
    timing: { repeatMs: 2 * 3_600_000 },
    reason: 'at_or_above_emergency_line',
    scan: {
      kind: 'smbg',
      line: highLine(thresholds.atOrAbove, true),
      clearLine: highLine(thresholds.clearBelow, true),
      clearMin: 0,
      newAfterMs: NEW_EPISODE_AFTER_MS.smbg,
      createStart: startAtOnce,
    },
    severityAt: () => 'critical',
  });
}
