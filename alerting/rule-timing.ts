// What the rules behind an alert say about telling people (clinical.md §7, columns "clear / cooldown" and audience of a stage).
import type { FiringRule } from '../domain/alerts/cooldown.ts';
import { ruleById } from '../domain/rules/rule-catalogue.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';

type Reasons = readonly Pick<AlertReason, 'ruleId' | 'firing' | 'explanation'>[];

/** The shortest of the rules that fire; undefined where none says anything. */
export function repeatMsOf(reasons: Reasons): number | undefined {
  const given = firingRules(reasons).flatMap(({ timing }) => timing.repeatMs ?? []);
  return given.length > 0 ? Math.min(...given) : undefined;
}

/** The reasons that fire, each with the cooldown of its rule. */
export function withCooldown(reasons: readonly Pick<AlertReason, 'ruleId' | 'firing' | 'severity'>[]): FiringRule[] {
  return reasons
    .filter(({ firing }) => firing)
    .map(({ ruleId, severity }) => ({ ruleId, severity, cooldownMs: ruleById(ruleId)?.timing.cooldownMs }));
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
