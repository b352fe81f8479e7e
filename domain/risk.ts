// In which order a team should look at its patients.
// Promise: monotone: a worse fact never lowers the score; an urgent alert that nobody owns outranks all else; every point
// has a reason. The lines are clinical.md's (§3.8, §5.4, ADH-02); how they weigh against each other is ours and orders lists only.
import { EMERGENCY_PRESSURE } from './blood-pressure/emergency-line.ts';
import { HOME_ELEVATED_FROM, isElevatedAtHome } from './blood-pressure/home.ts';
import type { Pressure } from './blood-pressure/mean-pressure.ts';
import { GLUCOSE_TARGETS, type RiskGroup } from './metrics/glucose-targets.ts';
import type { Severity } from './rules/rule.ts';
import { withoutFloatNoise } from './without-float-noise.ts';

/** What is known of a patient now; an absent fact adds nothing. */
export interface RiskFacts {
  readonly riskGroup: RiskGroup;
  readonly openAlerts: readonly { readonly severity: Severity; readonly acknowledged: boolean }[];
  /** Percent of the last 14 days: < 70 mg/dL (very low included), < 54, > 250. */
  readonly belowRangePercent?: number | undefined;
  readonly veryLowPercent?: number | undefined;
  readonly veryHighPercent?: number | undefined;
  /** Mean of the home protocol, where sufficient. */
  readonly homeMean?: Pressure | undefined;
  /** Days since the last reading of any kind, or since registration. */
  readonly silentDays?: number | undefined;
}

export type RiskReasonCode =
  | 'open_alert'
  | 'further_alerts'
  | 'below_range'
  | 'very_low'
  | 'very_high'
  | 'home_blood_pressure'
  | 'silent';

export interface RiskReason {
  readonly code: RiskReasonCode;
  readonly points: number;
  /** What was found, e.g. `critical`, `6.2 %`, `148/91 mmHg`, `15 d`. */
  readonly found: string;
}

export interface PatientRisk {
  /** Sum of the reasons' points, 0 to 1,369. */
  readonly score: number;
  /** Most points first. */
  readonly reasons: readonly RiskReason[];
}

/** Of the worst open alert, by whether somebody has acknowledged it. All else together stays below 380. */
const UNOWNED_POINTS: Readonly<Record<Severity, number>> = { emergency: 1000, critical: 500, warning: 100, info: 10 };
const OWNED_POINTS: Readonly<Record<Severity, number>> = { emergency: 120, critical: 110, warning: 50, info: 5 };
const MOST_FURTHER_ALERTS = 9;
/** The group of older patients has no target of its own below 54 mg/dL (§3.8): the common one orders them too. */
const VERY_LOW_LINE = GLUCOSE_TARGETS.standard.veryLowUnder ?? GLUCOSE_TARGETS.standard.belowRangeUnder;
/** Silence that ADH-02 calls a loss to follow-up. */
const SILENT_FROM_DAYS = 14;

export function patientRisk(facts: RiskFacts): PatientRisk {
  const targets = GLUCOSE_TARGETS[facts.riskGroup];
  const reasons = [
    ...alertReasons(facts.openAlerts),
    ...overLine('below_range', facts.belowRangePercent, targets.belowRangeUnder, 80, '%'),
    ...overLine('very_low', facts.veryLowPercent, targets.veryLowUnder ?? VERY_LOW_LINE, 80, '%'),
    ...overLine('very_high', facts.veryHighPercent, targets.veryHighUnder, 60, '%'),
    ...homeReasons(facts.homeMean),
    ...overLine('silent', facts.silentDays, SILENT_FROM_DAYS, 60, 'd'),
  ].sort((a, b) => b.points - a.points);
  return { score: reasons.reduce((sum, { points }) => sum + points, 0), reasons };
}

function alertReasons(alerts: RiskFacts['openAlerts']): RiskReason[] {
  const pointsOf = ({ severity, acknowledged }: (typeof alerts)[number]) =>
    (acknowledged ? OWNED_POINTS : UNOWNED_POINTS)[severity];
  const [worst, ...further] = [...alerts].sort((a, b) => pointsOf(b) - pointsOf(a));
  if (worst === undefined) return [];
  const found = worst.acknowledged ? `${worst.severity}, acknowledged` : worst.severity;
  const reasons: RiskReason[] = [{ code: 'open_alert', points: pointsOf(worst), found }];
  if (further.length > 0) {
    const points = Math.min(MOST_FURTHER_ALERTS, further.length);
    reasons.push({ code: 'further_alerts', points, found: `${further.length}` });
  }
  return reasons;
}

/** A quarter of `most` at the line, all of it from four times the line on, in between in proportion. */
function overLine(
  code: RiskReasonCode,
  value: number | undefined,
  line: number,
  most: number,
  unit: string,
): RiskReason[] {
  if (value === undefined || withoutFloatNoise(value) < line) return [];
  return [
    { code, points: Math.round(most * Math.min(1, value / (4 * line))), found: `${Number(value.toFixed(1))} ${unit}` },
  ];
}

function homeReasons(mean: Pressure | undefined): RiskReason[] {
  if (mean === undefined || !isElevatedAtHome(mean)) return [];
  const share = (key: keyof Pressure) =>
    (mean[key] - HOME_ELEVATED_FROM[key]) / (EMERGENCY_PRESSURE[key] - HOME_ELEVATED_FROM[key]);
  const worse = Math.min(1, Math.max(share('systolicMmHg'), share('diastolicMmHg')));
  const found = `${mean.systolicMmHg}/${mean.diastolicMmHg} mmHg`;
  return [{ code: 'home_blood_pressure', points: Math.round(20 + 60 * worse), found }];
}
