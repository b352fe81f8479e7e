// SMBG-02: a fingerstick from 3.0 to 3.9 mmol/L, both included: the public-health emergency line (clinical.md §4.2, §7). Critical where
// the treatment can make it worse, or isn't known in an older person. Asks for another fingerstick after 15 min.
import { hypoglycaemiaRiskAt } from '../care/hypoglycaemia-risk.ts';
import { bandThreshold } from './band-threshold.ts';
import { startShortOf } from './episode-start.ts';
import { isBeyond, lowLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

/** In whole mg/dL: 3.9 mmol/L is 70.3, so 70 lies at or below it and 71 doesn't. */
const DEFAULTS = {
  from: bandThreshold('veryLowBelow'),
  upTo: { ...bandThreshold('lowBelow'), fixed: 'emergency_line' },
  clearAbove: bandThreshold('lowBelow'),
  repeatAfter: { value: 15, unit: 'min' },
} as const;

const MS_PER_MIN = 60_000;

export function createSmbg02Low(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const veryLow = lowLine(thresholds.from);
  const repeatMs = thresholds.repeatAfter.value * MS_PER_MIN;
  return createGlucoseRule({
    id: 'SMBG-02',
    version: 1,
    title: 'Low fingerstick',
    direction: 'low',
    thresholds,
    timing: { repeatMs, repeatsUrgentOnly: true },
    reason: 'at_or_below_line',
    scan: {
      kind: 'smbg',
      line: lowLine(thresholds.upTo, true),
      clearLine: lowLine(thresholds.clearAbove, true),
      clearMin: 0,
      newAfterMs: NEW_EPISODE_AFTER_MS.smbg,
      createStart: () => startShortOf(veryLow),
    },
    repeatAfterMs: repeatMs,
    begins: (value, meta) => !isBeyond(veryLow, value, meta),
    severityAt: (profile, completedAt) => (hypoglycaemiaRiskAt(profile, completedAt) ? 'critical' : 'warning'),
  });
}
