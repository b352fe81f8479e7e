// How far the escalation of an alert has come: the policy as it was when its occurrence was first told, and the step that is next.
// Pure: whom a step reaches is the caller's affair.
import type { Severity } from '../rules/rule.ts';
import { type AlertingSettings, OUTCOME_WITHIN_MIN } from './alerting-settings.ts';
import type { EscalationPolicy, EscalationStep } from './escalation-policy.ts';

const MS_PER_MIN = 60_000;

/** A snapshot: what is configured later holds from the next occurrence on. */
export interface Escalation {
  readonly policy: string;
  readonly occurrence: number;
  /** The severity it was begun for; a rise begins anew. */
  readonly severity: Severity;
  /** Within which whoever takes it over gives an outcome. */
  readonly outcomeWithinMs: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly steps: readonly EscalationStep[];
  /** Place in `steps` of the one that follows: all before it have been taken, or skipped for want of anybody to reach. */
  readonly next: number;
  /** Epoch ms; absent once the last step is taken. */
  readonly nextAt?: number | undefined;
}

export function startEscalation(
  { name, steps }: EscalationPolicy,
  { occurrence, severity }: Pick<Escalation, 'occurrence' | 'severity'>,
  { outcomeWithinMin }: AlertingSettings,
  now: number,
): Escalation {
  const [first] = steps;
  const nextAt = first && now + first.delayMin * MS_PER_MIN;
  const outcomeWithinMs = (outcomeWithinMin?.[severity] ?? OUTCOME_WITHIN_MIN[severity]) * MS_PER_MIN;
  return { policy: name, occurrence, severity, outcomeWithinMs, startedAt: now, steps, next: 0, nextAt };
}

/**
 * The next step has been taken, or skipped, at `now`. One that came early brings those after it as much earlier; one that came late, as
 * after an outage, delays none: their minutes count from the beginning.
 */
export function takeStep(escalation: Escalation, now: number): Escalation {
  const { steps, next, nextAt: dueAt = now } = escalation;
  const [taken, following] = [steps[next], steps[next + 1]];
  if (taken === undefined) return escalation;
  const nextAt = following && Math.min(now, dueAt) + (following.delayMin - taken.delayMin) * MS_PER_MIN;
  return { ...escalation, next: next + 1, nextAt };
}

/** A snooze has ended, and whoever was told is told again: those after them come no sooner than they would have then. */
export function resumeEscalation(escalation: Escalation, now: number): Escalation {
  const { steps, next, nextAt } = escalation;
  const [taken, following] = [steps[next - 1], steps[next]];
  if (taken === undefined || following === undefined || nextAt === undefined) return escalation;
  return { ...escalation, nextAt: Math.max(nextAt, now + (following.delayMin - taken.delayMin) * MS_PER_MIN) };
}

/** Whether it still speaks of the alert as it is. */
export function isCurrent(
  escalation: Escalation | undefined,
  { occurrence }: { readonly occurrence: number },
): escalation is Escalation {
  return escalation !== undefined && escalation.occurrence === occurrence;
}
