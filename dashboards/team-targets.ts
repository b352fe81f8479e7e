// Which of a team's patients meet the targets of their group over the last days, and how many miss which (clinical.md §3.8).
// Promise: a window with too little data judges nobody.
import { GLUCOSE_BANDS, type GlucoseBand } from '../domain/glucose-class.ts';
import {
  GLUCOSE_TARGETS,
  type MissedTarget,
  missedTargets,
  RISK_GROUPS,
  type RiskGroup,
} from '../domain/metrics/glucose-targets.ts';
import { judgeSufficiency } from '../domain/metrics/sufficiency.ts';
import type { PatientGlucose } from '../storage/readings/read-team-glucose.ts';

export const MISSED_TARGETS = [
  'inRange',
  'belowRange',
  'veryLow',
  'aboveRange',
  'veryHigh',
] as const satisfies MissedTarget[];

export interface PatientTargets {
  readonly patientKey: number;
  readonly patientId: string;
  readonly riskGroup: RiskGroup;
  readonly activePercent: number;
  readonly measured: boolean;
  readonly sufficient: boolean;
  /** Percent; absent where nothing was measured. */
  readonly timeInRange?: Readonly<Record<GlucoseBand, number>> | undefined;
  /** Empty where they are met, or nobody can say. */
  readonly missed: readonly MissedTarget[];
}

export function patientTargets({ patientKey, patientId, riskGroup, window, coveredMin, minutes }: PatientGlucose) {
  const { activePercent, sufficient } = judgeSufficiency(coveredMin, (window.to - window.from) / 60_000);
  const total = GLUCOSE_BANDS.reduce((sum, band) => sum + minutes[band], 0);
  const share = (band: GlucoseBand) => (100 * minutes[band]) / total;
  const timeInRange =
    total > 0
      ? {
          veryLow: share('veryLow'),
          low: share('low'),
          inRange: share('inRange'),
          high: share('high'),
          veryHigh: share('veryHigh'),
        }
      : undefined;
  const missed = sufficient && timeInRange ? missedTargets(timeInRange, riskGroup) : [];
  const judged: PatientTargets = {
    patientKey,
    patientId,
    riskGroup,
    activePercent,
    measured: total > 0,
    sufficient,
    timeInRange,
    missed,
  };
  return judged;
}

/** A row a group, in the order of `RISK_GROUPS`, also where nobody is in it. */
export function countByGroup(patients: readonly PatientTargets[]) {
  return RISK_GROUPS.map((riskGroup) => {
    const group = patients.filter((patient) => patient.riskGroup === riskGroup);
    const sufficient = group.filter((patient) => patient.sufficient);
    const missing = (target: MissedTarget) => sufficient.filter(({ missed }) => missed.includes(target)).length;
    return {
      riskGroup,
      targets: { ...GLUCOSE_TARGETS[riskGroup] },
      patients: group.length,
      measured: group.filter(({ measured }) => measured).length,
      sufficient: sufficient.length,
      met: sufficient.filter(({ missed }) => missed.length === 0).length,
      missed: {
        inRange: missing('inRange'),
        belowRange: missing('belowRange'),
        veryLow: missing('veryLow'),
        aboveRange: missing('aboveRange'),
        veryHigh: missing('veryHigh'),
      },
    };
  });
}

/** Who misses one (or the one asked for): lows first, then those who miss most; then by registration. */
export function missingPatients(patients: readonly PatientTargets[], target?: MissedTarget): PatientTargets[] {
  return patients
    .filter(({ missed }) => (target === undefined ? missed.length > 0 : missed.includes(target)))
    .sort((a, b) => urgencyOf(b) - urgencyOf(a) || a.patientKey - b.patientKey);
}

/** One low that is missed counts for more than every high. */
export function urgencyOf({ missed }: Pick<PatientTargets, 'missed'>): number {
  const lows = missed.filter((target) => target === 'belowRange' || target === 'veryLow');
  return MISSED_TARGETS.length * lows.length + missed.length;
}
