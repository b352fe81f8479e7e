// An alert in a few words: what it is, and how things stand with it.
import { t, timeOf, words } from './texts.ts';
import type { Alert } from './wire.ts';

export const CLOSED = ['resolved', 'expired', 'retrospective'];

export const whatOf = ({ condition, direction, test }: Pick<Alert, 'condition' | 'direction' | 'test'>): string =>
  `${test ? t.testMark : ''}${words(`${condition}_${direction}`)}`;

/** How far people are with it, and whether the cause is over. */
export function stateText(alert: Alert, me: string | undefined): string {
  const { state, signal, outcome } = alert;
  if (CLOSED.includes(state)) return [words(state), outcome && words(outcome)].filter(Boolean).join(' · ');
  if (signal === 'cleared')
    return state === 'open' ? t.clearedToReview : `${ownershipText(alert, me)} · ${words('cleared')}`;
  return ownershipText(alert, me);
}

function ownershipText({ state, acknowledgedBy, snoozedUntil }: Alert, me: string | undefined): string {
  if (state === 'acknowledged')
    return acknowledgedBy !== undefined && acknowledgedBy === me ? t.handledByYou : t.handledByColleague;
  if (state === 'snoozed' && snoozedUntil) return t.putOffUntil(timeOf(snoozedUntil));
  return words(state);
}
