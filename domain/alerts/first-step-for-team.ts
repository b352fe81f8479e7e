// How long what is urgent may be somebody else's than the team's: patient and carers come first in many policies, and never for long.
import { type EscalationPolicy, type EscalationStep, isForTeam } from './escalation-policy.ts';
import { isUrgent } from './severity-order.ts';

/** From the beginning. Operational: as long as the defaults wait for who is on call before they ask the lead. */
export const URGENT_TEAM_WITHIN_MIN = 15;

export interface FirstStep {
  /** Of the policy's steps, from 0. */
  readonly place: number;
  readonly delayMin: number;
}

/** The first that names somebody of the team, or of who stands behind it; absent: none does. */
export function firstStepForTeam(steps: readonly EscalationStep[]): FirstStep | undefined {
  const place = steps.findIndex(isForTeam);
  const step = steps[place];
  return step && { place, delayMin: step.delayMin };
}

export const isForUrgent = ({ severities }: Pick<EscalationPolicy, 'severities'>): boolean => severities.some(isUrgent);
