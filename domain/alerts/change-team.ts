// What becomes of an alert whose patient goes to another team. Pure.
// Promise: nobody owns it there, or has put it off, who is not of that team; what fires is news to it.
import { type AdvancedAlert, advanceAlert } from './advance-alert.ts';
import type { AlertLife } from './alert-life.ts';

export interface KnownThere {
  /** Whoever took it over is of the new team, too. */
  readonly isOwnerThere: boolean;
  /** Whoever put it off is. */
  readonly isSnoozerThere: boolean;
}

export type EndedByChange = 'snooze_ended' | 'acknowledgement_lapsed';

export interface ChangedTeam<Alert extends AlertLife> {
  readonly alert: Alert;
  /** What held in the old team and doesn't in the new one, in this order. */
  readonly ended: readonly EndedByChange[];
  /** It closes by itself. */
  readonly resolvesItself: boolean;
}

/** Of an alert that isn't closed. @param at epoch ms */
export function changeTeam<Alert extends AlertLife>(
  before: Alert,
  { isOwnerThere, isSnoozerThere }: KnownThere,
  at: number,
): ChangedTeam<Alert> {
  const ended: EndedByChange[] = [];
  let advanced: Pick<AdvancedAlert<Alert>, 'alert' | 'effects'> = { alert: before, effects: [] };
  if (before.state === 'snoozed' && !isSnoozerThere) {
    advanced = advanceAlert(before, { type: 'snooze_ended', at });
    ended.push('snooze_ended');
  }
  const isOwned = advanced.alert.state === 'acknowledged' || advanced.alert.snoozedFrom === 'acknowledged';
  if (isOwned && !isOwnerThere) {
    advanced = disown(advanced.alert, at);
    ended.push('acknowledgement_lapsed');
  }
  const { alert, effects } = advanced;
  // Whoever is told there is told as of something new, and their escalation begins again.
  const occurrence = before.occurrence + (before.signal === 'firing' ? 1 : 0);
  return { alert: { ...alert, occurrence }, ended, resolvesItself: effects.includes('resolve_itself') };
}

/** What is put off stays so, and is nobody's once that is over. */
function disown<Alert extends AlertLife>(alert: Alert, at: number): Pick<AdvancedAlert<Alert>, 'alert' | 'effects'> {
  if (alert.state === 'acknowledged') return advanceAlert(alert, { type: 'acknowledgement_lapsed', at });
  return {
    alert: { ...alert, snoozedFrom: 'open', acknowledgedAt: undefined, acknowledgedBy: undefined },
    effects: [],
  };
}
