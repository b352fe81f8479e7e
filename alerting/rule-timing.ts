// What the rules behind an alert say about telling people (clinical.md §7, columns "clear / cooldown" and audience of a stage).
import type { FiringRule } from '../domain/alerts/cooldown.ts';
import { isUrgent } from '../domain/alerts/severity-order.ts';
import { isLate } from '../domain/rules/fate-of-late.ts';
import type { Severity } from '../domain/rules/rule.ts';
import { ruleById } from '../domain/rules/rule-catalogue.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';

type Reasons = readonly Pick<AlertReason, 'ruleId' | 'firing' | 'explanation'>[];

/**
 * The shortest of the rules that fire; undefined where none says anything. Of what was never urgent what came late is told once
 * (clinical.md §7, Lateness), and a rule may ask the patient to measure again instead.
 */
export function repeatMsOf(reasons: Reasons, peakSeverity: Severity): number | undefined {
  const wasUrgent = isUrgent(peakSeverity);
  const given = firingRules(wasUrgent ? reasons : reasons.filter(({ explanation }) => !isLate(explanation)))
    .filter(({ timing }) => wasUrgent || !timing.repeatsUrgentOnly)
    .flatMap(({ timing }) => timing.repeatMs ?? []);
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
