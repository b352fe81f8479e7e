// The lines of BP-01, by which BP-02 goes too (clinical.md §7).
import { EMERGENCY_PRESSURE } from '../blood-pressure/emergency-line.ts';
import { SESSION_MS } from '../blood-pressure/session.ts';
import type { EmergencyScanLines } from './scan-emergency-sittings.ts';
import { resolveThresholds, type Threshold, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  systolic: { value: EMERGENCY_PRESSURE.systolicMmHg, unit: 'mmHg', fixed: 'emergency_line' },
  diastolic: { value: EMERGENCY_PRESSURE.diastolicMmHg, unit: 'mmHg', fixed: 'emergency_line' },
  systolicAtOnce: { value: 220, unit: 'mmHg' },
  diastolicAtOnce: { value: 130, unit: 'mmHg' },
  clearBelowSystolic: { value: 160, unit: 'mmHg' },
  clearBelowDiastolic: { value: 100, unit: 'mmHg' },
  askToRepeatAfter: { value: 5, unit: 'min' },
  repeatWithin: { value: 15, unit: 'min' },
} as const;

const MS_PER_MIN = 60_000;

export interface ResolvedEmergencyLines {
  readonly thresholds: Readonly<Record<keyof typeof DEFAULTS, Threshold>>;
  readonly lines: EmergencyScanLines;
  /** A sitting that the window's start cuts would lack the repeat that refuted it. */
  readonly leadMs: number;
}

export function resolveEmergencyLines(team?: ThresholdOverrides, patient?: ThresholdOverrides): ResolvedEmergencyLines {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const pressure = (systolic: keyof typeof DEFAULTS, diastolic: keyof typeof DEFAULTS) => ({
    systolicMmHg: thresholds[systolic].value,
    diastolicMmHg: thresholds[diastolic].value,
  });
  const lines = {
    emergency: pressure('systolic', 'diastolic'),
    atOnce: pressure('systolicAtOnce', 'diastolicAtOnce'),
    clearBelow: pressure('clearBelowSystolic', 'clearBelowDiastolic'),
    repeatWithinMs: thresholds.repeatWithin.value * MS_PER_MIN,
  };
  return { thresholds, lines, leadMs: SESSION_MS + lines.repeatWithinMs };
}
