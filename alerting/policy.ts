// The policy that holds without configuration (DESIGN §6): configuration narrows it, its absence never silences.
import { ruleById } from '../domain/rules/rule-catalogue.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';

export interface Policy {
  /** What is not urgent waits for company this long after it began to fire. */
  readonly groupMs: number;
  /** An urgent alert is told again this often until somebody owns it, where its rules say nothing else. */
  readonly repeatMs: number;
  /** A cleared alert that nobody reviews is closed after this long. */
  readonly expireMs: number;
  /** How soon to look again at an alert that another one holds back. */
  readonly inhibitedRetryMs: number;
}

export const DEFAULT_POLICY: Policy = {
  groupMs: 30_000,
  repeatMs: 15 * 60_000,
  expireMs: 7 * 24 * 60 * 60_000,
  inhibitedRetryMs: 60_000,
};

type Reasons = readonly Pick<AlertReason, 'ruleId' | 'firing' | 'explanation'>[];

/** The shortest of the rules that fire (clinical.md §7), else the policy's own. */
export function repeatMsOf(reasons: Reasons, policy: Policy): number {
  const given = firingRules(reasons).flatMap(({ timing }) => timing.repeatMs ?? []);
  return given.length > 0 ? Math.min(...given) : policy.repeatMs;
}

/** The shortest of the rules that fire; one without a cooldown has none. */
export function cooldownMsOf(reasons: Reasons): number {
  const given = firingRules(reasons).map(({ timing }) => timing.cooldownMs ?? 0);
  return given.length > 0 ? Math.min(...given) : 0;
}

/** Whether every firing reason is, at its present stage, meant for the patient and not yet for the team. */
export function isForPatientOnly(reasons: Reasons): boolean {
  const firing = reasons.filter((reason) => reason.firing);
  return (
    firing.length > 0 &&
    firing.every(({ ruleId, explanation: { stage } }) => {
      const stages = ruleById(ruleId)?.stages;
      return stage !== undefined && stages?.[stage - 1]?.audience === 'patient';
    })
  );
}

function firingRules(reasons: Reasons) {
  return reasons.filter(({ firing }) => firing).flatMap(({ ruleId }) => ruleById(ruleId) ?? []);
}
