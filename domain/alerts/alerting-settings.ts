// How a team wants to be told, as data: what it leaves out the defaults say. Nothing in here silences what is urgent.
import type { Language } from '../language.ts';
import type { Severity } from '../rules/rule.ts';
import type { EscalationPolicy } from './escalation-policy.ts';

export interface AlertingSettings {
  /** The first that fits an alert holds, before the defaults. */
  readonly policies?: readonly EscalationPolicy[] | undefined;
  /** Whoever took an alert over without giving an outcome is reminded after so long, and after as long again it is nobody's. */
  readonly outcomeWithinMin?: Partial<Readonly<Record<Severity, number>>> | undefined;
  /** Wall clock of the team's zone, `HH:MM`; `from` may lie after `to`. What is not urgent waits until `to`, in one digest. */
  readonly quietHours?: { readonly from: string; readonly to: string } | undefined;
  /** Of one patient, so many messages a local day of what is not urgent; the rest comes in the digest. */
  readonly dailyCap?: number | undefined;
  /** So many percent of the team's devices silent within so long is one incident, and no alert of a patient's data. */
  readonly fleetOutage?: { readonly percent: number; readonly withinMin: number } | undefined;
  /** Everything is decided and recorded, nothing is sent. */
  readonly debug?: boolean | undefined;
  /** Of messages to the team; Chinese where absent. */
  readonly language?: Language | undefined;
}

/** Operational, not clinical: how long somebody may own an alert before it is asked what became of it. */
export const OUTCOME_WITHIN_MIN: Readonly<Record<Severity, number>> = {
  emergency: 30,
  critical: 60,
  warning: 24 * 60,
  info: 7 * 24 * 60,
};
/** What a team may make of it: no longer than the alert could be put off instead (storage/alerts/alert-commands.ts). */
export const OUTCOME_WITHIN_LIMITS_MIN: Readonly<Record<Severity, { readonly from: number; readonly to: number }>> = {
  emergency: { from: 5, to: 60 },
  critical: { from: 5, to: 4 * 60 },
  warning: { from: 5, to: 72 * 60 },
  info: { from: 5, to: 30 * 24 * 60 },
};
/** clinical.md §7: "a team digest replaces > 3 warnings per patient-day". */
export const DAILY_CAP = 3;
export const FLEET_OUTAGE = { percent: 30, withinMin: 60 } as const;
/** Of fewer devices a share says nothing. */
export const FLEET_AT_LEAST = 5;
