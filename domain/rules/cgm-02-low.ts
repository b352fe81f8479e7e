// CGM-02: level 1 hypoglycaemia that lasts (clinical.md §7). Critical where the treatment can make it worse, or isn't known in an
// older person: judged by what was true when the condition was completed.
import { hypoglycaemiaRiskAt } from '../care/hypoglycaemia-risk.ts';
import { bandThreshold } from './band-threshold.ts';
import { startAfterMinutes } from './episode-start.ts';
import { lowLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import type { GlucoseScan } from './scan-glucose.ts';
import { slotsFor } from './slot-run.ts';
import { resolveThresholds, type Threshold, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  below: bandThreshold('lowBelow'),
  minutes: { value: 15, unit: 'min' },
  clearAt: bandThreshold('lowBelow'),
  clearAfter: { value: 15, unit: 'min' },
} as const;

type Thresholds = Readonly<Record<keyof typeof DEFAULTS, Threshold>>;

export function createCgm02Low(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  return createGlucoseRule({
    id: 'CGM-02',
    version: 1,
    title: 'Low glucose',
    direction: 'low',
    thresholds,
    timing: { repeatMs: 30 * 60_000 },
    reason: 'below_line_for_minutes',
    scan: lowScan(thresholds),
    severityAt: (profile, completedAt) => (hypoglycaemiaRiskAt(profile, completedAt) ? 'critical' : 'warning'),
  });
}

function lowScan(thresholds: Thresholds): GlucoseScan {
  return {
    kind: 'cgm',
    line: lowLine(thresholds.below),
    clearLine: lowLine(thresholds.clearAt),
    clearMin: thresholds.clearAfter.value,
    newAfterMs: NEW_EPISODE_AFTER_MS.cgm,
    createStart: () => startAfterMinutes(thresholds.minutes.value),
    persistence: { counts: 'slots', needed: (cadenceMin) => slotsFor(thresholds.minutes.value, cadenceMin) },
  };
}

/** For a rule that has to know where this one is open. */
export function resolveLowScan(team?: ThresholdOverrides, patient?: ThresholdOverrides): GlucoseScan {
  return lowScan(resolveThresholds(DEFAULTS, team, patient));
}
