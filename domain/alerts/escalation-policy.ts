// Who is to be told of an alert, when, by which of their contacts: a policy a severity, as data. What a team doesn't configure the
// defaults say, and no configuration makes an alert silent (DESIGN §6).
import type { Condition, Direction, Severity } from '../rules/rule.ts';

/**
 * `patient`: themselves · `carer`: the first who consents · `on_call`: by the schedule, every member where the team has none · `role`: the
 * team's members of it; where it has no lead, `lead` is every member · `member` · `team`: every member · `backing_organisation`: who is on
 * call in the teams of the organisation behind this one.
 */
export const TARGET_KINDS = ['patient', 'carer', 'on_call', 'role', 'member', 'team', 'backing_organisation'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

export interface EscalationTarget {
  readonly kind: TargetKind;
  /** With `role`: a member's. */
  readonly role?: string | undefined;
  /** With `member`. */
  readonly memberId?: string | undefined;
}

export interface EscalationStep {
  /** From the beginning, and no less than the step before it. */
  readonly delayMin: number;
  readonly targets: readonly EscalationTarget[];
  /** `all`: every contact of a person at once · `in_order`: the first, and the next one if it fails for good. Absent: `in_order`. */
  readonly contacts?: 'all' | 'in_order' | undefined;
  /** Only contacts of these channels; absent: of any. */
  readonly channels?: readonly string[] | undefined;
}

export interface EscalationPolicy {
  readonly name: string;
  readonly severities: readonly Severity[];
  /** Absent: any. */
  readonly condition?: Condition | undefined;
  readonly direction?: Direction | undefined;
  readonly steps: readonly EscalationStep[];
}

const step = (delayMin: number, contacts: 'all' | 'in_order', ...kinds: readonly TargetKind[]): EscalationStep => ({
  delayMin,
  targets: kinds.map((kind) => ({ kind })),
  contacts,
});
const LEAD_AFTER_15_MIN: EscalationStep = { delayMin: 15, targets: [{ kind: 'role', role: 'lead' }], contacts: 'all' };
const ON_CALL_AT_ONCE = step(0, 'all', 'on_call');
/** Neither who is on call nor the lead has taken it over. */
const TEAM_AFTER_30_MIN = step(30, 'all', 'team');

/** The first that fits holds; the last ones fit everything. */
export const DEFAULT_POLICIES: readonly EscalationPolicy[] = [
  {
    name: 'urgent_low',
    severities: ['emergency', 'critical'],
    condition: 'glucose',
    direction: 'low',
    // At 02:10 it is the patient, or who lives with them, who can act.
    steps: [
      step(0, 'in_order', 'patient'),
      step(0, 'in_order', 'carer'),
      ON_CALL_AT_ONCE,
      LEAD_AFTER_15_MIN,
      TEAM_AFTER_30_MIN,
    ],
  },
  {
    name: 'urgent',
    severities: ['emergency', 'critical'],
    steps: [ON_CALL_AT_ONCE, LEAD_AFTER_15_MIN, TEAM_AFTER_30_MIN],
  },
  { name: 'same_day', severities: ['warning', 'info'], steps: [ON_CALL_AT_ONCE] },
];

/** For what is at its present stage for the patient alone (clinical.md §7, audience of a stage). */
export const PATIENT_ALONE: EscalationPolicy = {
  name: 'patient_alone',
  severities: ['info', 'warning', 'critical', 'emergency'],
  steps: [step(0, 'in_order', 'patient')],
};

export interface PolicyQuestion {
  readonly severity: Severity;
  readonly condition: Condition;
  readonly direction: Direction;
}

export function policyFor(question: PolicyQuestion, ofTeam: readonly EscalationPolicy[] = []): EscalationPolicy {
  const policy = [...ofTeam, ...DEFAULT_POLICIES].find((each) => policyFits(each, question));
  if (policy === undefined) throw new RangeError(`No escalation policy for severity ${question.severity}.`);
  return policy;
}

export function policyFits(policy: EscalationPolicy, { severity, condition, direction }: PolicyQuestion): boolean {
  return (
    policy.severities.includes(severity) &&
    (policy.condition === undefined || policy.condition === condition) &&
    (policy.direction === undefined || policy.direction === direction)
  );
}

/** It names somebody of the team, or of who stands behind it. */
export function isForTeam({ targets }: EscalationStep): boolean {
  return targets.some(({ kind }) => kind !== 'patient' && kind !== 'carer');
}
