// SMBG-01: a fingerstick below 3.0 mmol/L, or LO (clinical.md §7). Over with one later fingerstick at 3.9 mmol/L or more.
import { bandThreshold } from './band-threshold.ts';
import { startAtOnce } from './episode-start.ts';
import { lowLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  below: bandThreshold('veryLowBelow'),
  clearAt: bandThreshold('lowBelow'),
} as const;

export function createSmbg01VeryLow(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  return createGlucoseRule({
    id: 'SMBG-01',
    version: 1,
    title: 'Very low fingerstick',
    direction: 'low',
    thresholds,
    timing: { repeatMs: 15 * 60_000 },
    reason: 'below_line',
    scan: {
      kind: 'smbg',
      line: lowLine(thresholds.below),
      clearLine: lowLine(thresholds.clearAt),
      clearMin: 0,
      newAfterMs: NEW_EPISODE_AFTER_MS.smbg,
      createStart: startAtOnce,
    },
    severityAt: () => 'critical',
  });
}
