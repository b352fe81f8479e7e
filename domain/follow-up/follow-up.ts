// What is to be done next with a patient who is followed up, by when, and why (clinical.md §6).

/** `recheck`: seen again within two weeks. `refer`: referred, and the referral followed up within two weeks. */
export const FOLLOW_UP_ACTIONS = ['routine', 'recheck', 'refer'] as const;
export type FollowUpAction = (typeof FOLLOW_UP_ACTIONS)[number];

export const FOLLOW_UP_REASONS = [
  'emergency',
  'new_complication',
  'uncontrolled_again',
  'uncontrolled',
  'drug_reaction',
  'telemetry',
  'quarterly',
  'plan',
  'never_seen',
] as const;
export type FollowUpReason = (typeof FOLLOW_UP_REASONS)[number];

export interface FollowUp {
  readonly action: FollowUpAction;
  /** Local day, YYYY-MM-DD. */
  readonly dueOn: string;
  readonly reason: FollowUpReason;
  /** An emergency: refer at once, the date is that of following it up. */
  readonly atOnce?: true;
}

export function isSameFollowUp(a: FollowUp | undefined, b: FollowUp | undefined): boolean {
  return a?.action === b?.action && a?.dueOn === b?.dueOn && a?.reason === b?.reason && a?.atOnce === b?.atOnce;
}
