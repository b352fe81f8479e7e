// What the API answers, as far as the page reads it (the schemas are at /docs).

import type { Escalation } from './team-wire.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

export type Severity = 'emergency' | 'critical' | 'warning' | 'info';

/** A line of a rule, as it held then. */
export interface Threshold {
  readonly value: number;
  readonly unit: string;
  /** Of glucose: the same line for readings in mmol/L. */
  readonly mmolPerL?: number;
  readonly origin?: 'default' | 'team' | 'patient';
  readonly fixed?: boolean;
}
export type Thresholds = Readonly<Record<string, Threshold>>;

export interface Rule {
  readonly ruleId: string;
  readonly condition: string;
  readonly direction: 'low' | 'high' | 'none';
  readonly thresholds: Thresholds;
}

export interface Verdict extends Rule {
  readonly verdict: 'firing' | 'pending' | 'clear' | 'unknown';
  readonly severity?: Severity;
  readonly reason: string;
  readonly stage?: number;
  readonly inhibitedBy?: string;
  readonly followUp?: FollowUp;
  readonly episode?: { readonly startAt: string; readonly endAt?: string };
  readonly asReceived?: { readonly verdict: Verdict['verdict']; readonly reason: string };
}

export interface Verdicts extends Page<Verdict> {
  readonly at: string;
  readonly receivedLater: number;
}

export interface Team {
  readonly teamId: string;
  readonly name: string;
}

export interface Alert {
  readonly alertId: string;
  /** Absent of a test that is for nobody in particular. */
  readonly patientId?: string;
  /** A trial of the team's alerting: of nobody's readings. */
  readonly test?: boolean;
  readonly teamId?: string;
  readonly condition: string;
  readonly direction: 'low' | 'high' | 'none';
  readonly severity: Severity;
  readonly state: string;
  readonly signal: 'firing' | 'cleared';
  readonly reasons: readonly {
    readonly ruleId: string;
    readonly severity: Severity;
    readonly firing: boolean;
    readonly episodeStartAt: string;
    readonly explanation?: {
      readonly reason?: string;
      readonly stage?: number;
      readonly thresholds?: Readonly<Record<string, Threshold>>;
      readonly followUp?: FollowUp;
    };
  }[];
  readonly openedAt: string;
  readonly clearedAt?: string;
  readonly acknowledgedBy?: string;
  /** Whoever owns it is asked for an outcome then. */
  readonly outcomeDueAt?: string;
  /** They have been: without one it is open again then. */
  readonly lapsesAt?: string;
  readonly snoozedUntil?: string;
  readonly outcome?: string;
}

export interface AlertDetail extends Alert {
  readonly timeline: readonly {
    readonly at: string;
    readonly event: string;
    readonly reason: string;
    /** Absent: the system. */
    readonly userId?: string;
    readonly memberId?: string;
    readonly channel?: string;
    readonly note?: string;
  }[];
  readonly escalation?: Escalation;
  /** Of an emergency that I own. */
  readonly contact?: { readonly phone?: string; readonly address?: string };
  readonly evidence: readonly Reading[];
}

export interface Reading {
  readonly readingId: string;
  readonly kind: 'cgm' | 'smbg' | 'bp';
  readonly at: string;
  /** Where the device's clock was wrong. */
  readonly measuredAt?: string;
  readonly unit: string;
  readonly value?: number | string;
  readonly mgPerDl?: number;
  readonly code?: 'LOW' | 'HIGH';
  readonly context?: string;
  readonly systolicMmHg?: number;
  readonly diastolicMmHg?: number;
  readonly pulse?: number;
  readonly flags: readonly string[];
  readonly voidedAt?: string;
}

export interface FollowUp {
  readonly action: string;
  /** Local day, YYYY-MM-DD. */
  readonly dueOn: string;
  readonly reason: string;
  readonly atOnce?: boolean;
}

export interface Patient {
  readonly patientId: string;
  readonly name: string;
  readonly birthDate?: string;
  readonly sex?: string;
  /** Not in lists. */
  readonly phone?: string;
  readonly conditions: readonly string[];
  /** Not in lists, and of nobody who isn't followed up. */
  readonly nextFollowUp?: FollowUp;
  readonly timeZone: string;
  readonly risk?: { readonly score: number; readonly reasons: readonly string[] };
}

export interface GlucoseMetrics {
  readonly count: number;
  readonly daysWithData: number;
  readonly activePercent: number;
  readonly sufficient: boolean;
  readonly meanMmolPerL?: number;
  readonly cvPercent?: number;
  readonly gmiPercent?: number;
  readonly gri?: number;
  readonly timeInRange?: Readonly<Record<Band, number>>;
  readonly eventCounts?: Readonly<Record<EventKind, number>>;
}
export type EventKind = 'hypoL1' | 'hypoL2' | 'hypoExtended' | 'hyperL1' | 'hyperL2' | 'hyperExtended';
export type Band = 'veryLow' | 'low' | 'inRange' | 'high' | 'veryHigh';

export interface PressureMean {
  readonly systolicMmHg: number;
  readonly diastolicMmHg: number;
  readonly readingCount: number;
}

export interface BloodPressure {
  readonly readingCount: number;
  readonly sufficient: boolean;
  readonly mean?: PressureMean;
  readonly morning?: PressureMean;
  readonly evening?: PressureMean;
}

export interface Device {
  readonly deviceId: string;
  readonly kind: string;
  readonly model?: string;
  readonly patientId?: string;
  readonly online?: boolean;
  readonly lastReceivedAt?: string;
  readonly batteryPercent?: number;
}

export interface Rejection {
  readonly rejectionId: string;
  readonly deviceId?: string;
  readonly receivedAt: string;
  readonly code: string;
  readonly detail: string;
  readonly replayedAt?: string;
}

/** Of the live stream: what has changed, never what it is. */
export interface Change {
  readonly name: 'alert' | 'patient' | 'refresh';
  readonly alertId?: string;
  readonly patientId?: string;
}
