// CGM-04: extended hypoglycaemia, more than two hours below 70 mg/dL (clinical.md §3.6, §7): 25 slots at 5 min.
import { bandThreshold } from './band-threshold.ts';
import { startAfterMoreThan } from './episode-start.ts';
import { lowLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import { slotsForMoreThan } from './slot-run.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  below: bandThreshold('lowBelow'),
  moreThan: { value: 120, unit: 'min' },
  clearAt: bandThreshold('lowBelow'),
  clearAfter: { value: 15, unit: 'min' },
} as const;

export function createCgm04ExtendedLow(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  return createGlucoseRule({
    id: 'CGM-04',
    version: 1,
    title: 'Low glucose for long',
    direction: 'low',
    thresholds,
    timing: {},
    reason: 'below_line_for_minutes',
    scan: {
      kind: 'cgm',
      line: lowLine(thresholds.below),
      clearLine: lowLine(thresholds.clearAt),
      clearMin: thresholds.clearAfter.value,
      newAfterMs: NEW_EPISODE_AFTER_MS.cgm,
      createStart: () => startAfterMoreThan(thresholds.moreThan.value),
      persistence: { counts: 'slots', needed: (cadenceMin) => slotsForMoreThan(thresholds.moreThan.value, cadenceMin) },
    },
    severityAt: () => 'critical',
  });
}
