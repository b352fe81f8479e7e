// What the rules behind an alert say about telling people (clinical.md §7, columns "clear / cooldown" and audience of a stage).
import { ruleById } from '../domain/rules/rule-catalogue.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';

type Reasons = readonly Pick<AlertReason, 'ruleId' | 'firing' | 'explanation'>[];

/** The shortest of the rules that fire; undefined where none says anything. */
export function repeatMsOf(reasons: Reasons): number | undefined {
  const given = firingRules(reasons).flatMap(({ timing }) => timing.repeatMs ?? []);
  return given.length > 0 ? Math.min(...given) : undefined;
}

/** The shortest of the rules that fire; one without a cooldown has none. */
export function cooldownMsOf(reasons: Reasons): number | undefined {
  const given = firingRules(reasons).map(({ timing }) => timing.cooldownMs ?? 0);
  return given.length > 0 ? Math.min(...given) : undefined;
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
