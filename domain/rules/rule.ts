// The shape of a rule: a pure function of a patient's readings in event time, what was true of the patient then, and `now`.
import type { GlucoseSeries } from '../glucose-series.ts';
import type { BloodPressureReading, ReadingKind } from '../reading.ts';

export const SEVERITIES = ['info', 'warning', 'critical', 'emergency'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const CONDITIONS = ['glucose', 'blood_pressure', 'device', 'data', 'adherence', 'trend', 'follow_up'] as const;
export type Condition = (typeof CONDITIONS)[number];
export type Direction = 'low' | 'high' | 'none';
export type Verdict = 'firing' | 'pending' | 'clear' | 'unknown';

/** What a rule may look at. Every list is in ascending `measuredAt`. */
export interface PatientWindow {
  readonly cgm: readonly GlucoseSeries[];
  readonly smbg: readonly GlucoseSeries[];
  readonly bp: readonly BloodPressureReading[];
  /** Newest `measuredAt` of any CGM reading ever stored, also where it lies before the window. */
  readonly lastCgmAt?: number | undefined;
}

/** Dated facts: a rule judges with what was true at event time; an absent treatment is unknown. */
export interface PatientProfile {
  /** ISO calendar date. */
  readonly birthDate?: string | undefined;
  readonly timeZone: string;
  readonly registeredAt: number;
  readonly treatments: readonly { readonly class: string; readonly from: number; readonly to?: number | undefined }[];
  /** Periods in which CGM is expected (plan, sensor life), epoch ms. */
  readonly cgmPeriods: readonly { readonly from: number; readonly to?: number | undefined }[];
  readonly symptoms: readonly { readonly code: string; readonly at: number }[];
}

/** A stretch of event time in which a rule held. Recomputable at any moment. */
export interface Episode {
  readonly startAt: number;
  /** `measuredAt` of the reading that completed the condition. */
  readonly completedAt: number;
  /** First recovered instant; absent while it may still be going on. */
  readonly endAt?: number | undefined;
  readonly severity: Severity;
  /**
   * clinical.md §7 on lateness. `live`: a reading that arrived in time completes or continues it. `late`: completed late, not known
   * to be over. `retrospective`: completed late and over by later readings, or too old to act on.
   */
  readonly fate: 'live' | 'late' | 'retrospective';
  /** The readings it rests on, newest last, at most 12. */
  readonly evidence: readonly EvidenceReading[];
}

export interface EvidenceReading {
  readonly deviceKey: number;
  readonly kind: ReadingKind;
  readonly measuredAt: number;
}

export interface Explanation {
  /** e.g. `below_persistence`, `no_data`, `gap`, `recovered`, `late`, `awaiting_repeat`. */
  readonly reason: string;
  /** Threshold name → value and where it came from. */
  readonly thresholds: Readonly<
    Record<string, { readonly value: number; readonly unit: string; readonly origin: 'default' | 'team' | 'patient' }>
  >;
}

export interface Evaluation {
  readonly verdict: Verdict;
  /** Set when firing or pending. */
  readonly severity?: Severity | undefined;
  /** All episodes that the window shows, in time order. */
  readonly episodes: readonly Episode[];
  /** When the verdict may change although no reading arrives, epoch ms. */
  readonly nextDeadlineAt?: number | undefined;
  readonly explanation: Explanation;
}

export interface Rule {
  /** As in clinical.md §7, e.g. `CGM-01`. */
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly condition: Condition;
  readonly direction: Direction;
  /** Kinds of readings whose arrival can change the verdict. */
  readonly kinds: readonly ReadingKind[];
  /**
   * Quiet path: whether one in-order reading can change a verdict that is `clear` with no run in progress. Saying `true` costs
   * time, saying `false` wrongly loses an alarm: a property test holds each rule to it. `value` and `meta` as in GlucoseSeries;
   * for blood pressure systolic and diastolic.
   */
  mayStart(value: number, metaOrDiastolic: number): boolean;
  evaluate(window: PatientWindow, profile: PatientProfile, now: number): Evaluation;
}
