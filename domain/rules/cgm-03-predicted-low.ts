// CGM-03: 55 mg/dL or less is predicted within 20 min, as Dexcom's "Urgent Low Soon" (clinical.md §3.7, §7). It is for the patient first:
// what comes true is CGM-01 or CGM-02, which end it; what goes on for as long as it looks ahead is for the team to look at.
// A prediction is arithmetic in mg/dL, not a reading: the lines are mg/dL whatever unit the sensor has.
import { mgPerDlOf } from '../glucose-class.ts';
import { isUrgentLowSoon, URGENT_LOW_SOON } from '../metrics/rate-of-change.ts';
import { resolveVeryLowScan } from './cgm-01-very-low.ts';
import { resolveLowScan } from './cgm-02-low.ts';
import { fingerstickSilence } from './fingerstick-silence.ts';
import { predictedAt, slopeAt } from './row-slope.ts';
import type { Rule } from './rule.ts';
import { NO_OVERRIDES, type OverridesOfAll } from './rule-overrides.ts';
import { scanGlucose } from './scan-glucose.ts';
import { createSlopeRule } from './slope-rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  predictedUpTo: { value: URGENT_LOW_SOON.upToMgPerDl, mmolPerL: 3.1, unit: 'mg/dL' },
  minutesAhead: { value: URGENT_LOW_SOON.minutesAhead, unit: 'min' },
  clearAbove: { value: 70, mmolPerL: 3.9, unit: 'mg/dL' },
} as const;

const MS_PER_MIN = 60_000;

export function createCgm03PredictedLow(
  team?: ThresholdOverrides,
  patient?: ThresholdOverrides,
  all: OverridesOfAll = NO_OVERRIDES,
): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const { predictedUpTo, minutesAhead, clearAbove } = thresholds;
  const line = { upToMgPerDl: predictedUpTo.value, minutesAhead: minutesAhead.value };
  const lows = [
    { by: 'CGM-01', scan: resolveVeryLowScan(all.team['CGM-01'], all.patient['CGM-01']) },
    { by: 'CGM-02', scan: resolveLowScan(all.team['CGM-02'], all.patient['CGM-02']) },
  ];
  return createSlopeRule({
    id: 'CGM-03',
    version: 1,
    title: 'Low glucose predicted',
    thresholds,
    timing: { cooldownMs: 30 * MS_PER_MIN },
    stages: [
      { afterMs: 0, severity: 'warning', audience: 'patient' },
      { afterMs: minutesAhead.value * MS_PER_MIN, severity: 'warning', audience: 'team' },
    ],
    severity: 'warning',
    reason: 'low_predicted',
    scan: {
      startAt(series, row) {
        const last = mgPerDlOf(series.value[row]!, series.meta[row]!);
        return isUrgentLowSoon(last, slopeAt(series, row), line) ? row : -1;
      },
      isOver(series, row) {
        const slope = slopeAt(series, row);
        if (Number.isNaN(slope)) return undefined;
        return predictedAt(series, row, slope, minutesAhead.value) > clearAbove.value;
      },
    },
    overrulingsIn: ({ cgm }) =>
      lows
        .flatMap(({ by, scan }) =>
          (scanGlucose(cgm, scan) ?? []).map(({ completedAt, endKnownAt = Number.POSITIVE_INFINITY }) => ({
            from: completedAt,
            to: endKnownAt,
            by,
          })),
        )
        .sort((a, b) => a.from - b.from),
    silenceIn: fingerstickSilence,
  });
}
