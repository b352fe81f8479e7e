// CGM-01: level 2 hypoglycaemia (clinical.md §7, Battelino 2023). Two readings against spikes; a LOW needs no confirmation.
import { bandThreshold } from './band-threshold.ts';
import { startAfterConsecutive } from './episode-start.ts';
import { lowLine } from './glucose-line.ts';
import { createGlucoseRule, NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import type { Rule } from './rule.ts';
import type { GlucoseScan } from './scan-glucose.ts';
import { resolveThresholds, type Threshold, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  below: bandThreshold('veryLowBelow'),
  readings: { value: 2, unit: 'readings' },
  clearAt: bandThreshold('lowBelow'),
  clearAfter: { value: 15, unit: 'min' },
} as const;

type Thresholds = Readonly<Record<keyof typeof DEFAULTS, Threshold>>;

export function createCgm01VeryLow(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  return createGlucoseRule({
    id: 'CGM-01',
    version: 1,
    title: 'Very low glucose',
    direction: 'low',
    thresholds,
    timing: { repeatMs: 15 * 60_000 },
    reason: 'below_line_consecutively',
    scan: veryLowScan(thresholds),
    severityAt: () => 'critical',
  });
}

function veryLowScan(thresholds: Thresholds): GlucoseScan {
  return {
    kind: 'cgm',
    line: lowLine(thresholds.below),
    clearLine: lowLine(thresholds.clearAt),
    clearMin: thresholds.clearAfter.value,
    newAfterMs: NEW_EPISODE_AFTER_MS.cgm,
    createStart: () => startAfterConsecutive(thresholds.readings.value),
    persistence: { counts: 'readings', needed: () => thresholds.readings.value },
  };
}

/** For a rule that has to know where this one is open. */
export function resolveVeryLowScan(team?: ThresholdOverrides, patient?: ThresholdOverrides): GlucoseScan {
  return veryLowScan(resolveThresholds(DEFAULTS, team, patient));
}
