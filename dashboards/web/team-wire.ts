// What the API answers of a team, as far as the page reads it (the schemas are at /docs).
import type { AlertingFinding as Finding } from '../../domain/alerts/lint-alerting.ts';
import type { Alert, Severity } from './wire.ts';

/** What a team has to mend in how it can be reached. */
export interface AlertingFinding {
  readonly kind: Finding['kind'];
  /** Of a member. */
  readonly name?: string;
  readonly channel?: string;
  readonly policy?: string;
  /** Of the policy, from 0. */
  readonly step?: number;
  readonly reason?: string;
  readonly cause?: string;
  readonly from?: string;
  readonly to?: string;
  /** From 0. */
  readonly shifts?: readonly number[];
  readonly count?: number;
  readonly year?: number;
}

export interface OnDuty {
  readonly members: readonly { readonly memberId: string; readonly name?: string; readonly role?: string }[];
  readonly gap?: string;
}

export interface HandedAlert
  extends Pick<
    Alert,
    'alertId' | 'patientId' | 'condition' | 'direction' | 'severity' | 'state' | 'signal' | 'openedAt' | 'snoozedUntil'
  > {
  readonly patientId: string;
  readonly openForMin: number;
  readonly owner?: { readonly userId: string; readonly name?: string };
  readonly next?: { readonly at: string; readonly reason: string; readonly targets?: readonly Target[] };
}

export interface Handover {
  readonly timeZone: string;
  readonly onCall: OnDuty & {
    readonly basis: 'schedule' | 'every_member';
    readonly until?: string;
    readonly next?: OnDuty;
  };
  readonly alerts: readonly HandedAlert[];
  readonly totals: Readonly<Record<'alerts' | 'urgent' | 'unowned' | 'snoozesEnding' | 'watch', number>>;
  readonly snoozesEnding: readonly HandedAlert[];
  readonly watch: readonly {
    readonly patientId: string;
    readonly reasons: readonly string[];
    readonly alertId?: string;
    readonly risks: readonly string[];
  }[];
  readonly since: { readonly from: string } & Readonly<
    Record<'opened' | 'urgent' | 'acknowledged' | 'resolved' | 'closedThemselves' | 'expired' | 'retrospective', number>
  >;
}

export interface Delay {
  readonly count: number;
  readonly medianSeconds?: number;
  readonly p90Seconds?: number;
}

export interface AlertStats {
  readonly alerts: number;
  readonly tests: number;
  readonly retrospective: number;
  readonly open: number;
  readonly neverTaken: number;
  readonly timeToAcknowledge: Delay;
  readonly timeToResolve: Delay;
  readonly perPatientWeek?: number;
  readonly shifts?: { readonly shifts: number; readonly perShift?: number };
  readonly judged: number;
  readonly usefulPercent?: number;
  readonly messagesPerAlert?: number;
  readonly escalatedPercent?: number;
  readonly bySeverity: readonly {
    readonly severity: Severity;
    readonly alerts: number;
    readonly timeToAcknowledge: Delay;
    readonly timeToResolve: Delay;
  }[];
  readonly byRule: readonly {
    readonly ruleId: string;
    readonly alerts: number;
    readonly perPatientWeek?: number;
    readonly perShift?: number;
    readonly judged: number;
    readonly usefulPercent?: number;
    readonly timeToAcknowledge: Delay;
    readonly timeToResolve: Delay;
  }[];
  readonly membersShown: 'all' | 'caller';
  readonly byMember: readonly {
    readonly userId?: string;
    readonly name?: string;
    readonly taken: number;
    readonly resolved: number;
    readonly perShift?: number;
    readonly judged: number;
    readonly usefulPercent?: number;
    readonly timeToAcknowledge: Delay;
    readonly timeToResolve: Delay;
  }[];
}

export interface Incident {
  readonly incidentId: string;
  readonly kind: string;
  readonly openedAt: string;
  readonly closedAt?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Escalation {
  readonly policy: string;
  readonly startedAt: string;
  readonly next: number;
  readonly nextAt?: string;
  readonly steps: readonly EscalationStep[];
}

/** Whom a step is for. */
export interface Target {
  readonly kind: string;
  readonly role?: string;
  readonly memberId?: string;
}

export interface EscalationStep {
  readonly delayMin: number;
  readonly targets: readonly Target[];
  readonly taken: boolean;
  readonly toldAt?: string;
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  readonly skips: readonly { readonly target: string; readonly reason: string }[];
}
