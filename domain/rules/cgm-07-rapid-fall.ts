// CGM-07: glucose falls faster than 3 mg/dL/min at two readings within 10 min and is below 126 mg/dL by then (clinical.md §7, Dexcom's
// double arrow). The slope is arithmetic in mg/dL; the last value is judged in the unit it came in.
import type { GlucoseSeries } from '../glucose-series.ts';
import { isBeyond, lowLine } from './glucose-line.ts';
import { opensHalfMinute, slopeAt } from './row-slope.ts';
import type { Rule } from './rule.ts';
import { createSlopeRule } from './slope-rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

/** 126 mg/dL are 7.0 mmol/L. */
const DEFAULTS = {
  fallingFasterThan: { value: 3, unit: 'mg/dL/min' },
  twiceWithin: { value: 10, unit: 'min' },
  below: { value: 126, mmolPerL: 7.0, unit: 'mg/dL' },
  clearSlowerThan: { value: 2, unit: 'mg/dL/min' },
} as const;

const MS_PER_MIN = 60_000;

export function createCgm07RapidFall(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const line = lowLine(thresholds.below);
  const withinMs = thresholds.twiceWithin.value * MS_PER_MIN;
  const isFast = (slope: number) => slope < -thresholds.fallingFasterThan.value;
  const isPart = (series: GlucoseSeries, row: number) =>
    isBeyond(line, series.value[row]!, series.meta[row]!) && isFast(slopeAt(series, row));
  return createSlopeRule({
    id: 'CGM-07',
    version: 1,
    title: 'Glucose falling fast',
    thresholds,
    timing: { cooldownMs: 30 * MS_PER_MIN },
    severity: 'warning',
    reason: 'falling_fast',
    scan: {
      startAt(series, row, fromAt) {
        const { measuredAt } = series;
        if (!isPart(series, row)) return -1;
        const earliestAt = Math.max(fromAt, measuredAt[row]! - withinMs);
        for (let before = row - 1; before >= 0 && measuredAt[before]! >= earliestAt; before--) {
          if (opensHalfMinute(series, before) && isFast(slopeAt(series, before))) return before;
        }
        return -1;
      },
      isPart,
      isOver(series, row) {
        const slope = slopeAt(series, row);
        return Number.isNaN(slope) ? undefined : slope > -thresholds.clearSlowerThan.value;
      },
    },
  });
}
