// Whether a person has dealt with an episode that goes on: they closed its alert while it fired.
// Promise: that stands until the episode gets worse, or, of an urgent one, until a fresh reading shows that it still goes on.
import type { Severity } from '../rules/rule.ts';
import type { AlertState } from './alert-life.ts';
import { isUrgent, rankOf } from './severity-order.ts';

export interface RunningEpisode {
  readonly severity: Severity;
  /** As in Episode: newest `measuredAt` of a reading beyond the line that arrived in time, epoch ms. */
  readonly freshAt?: number | undefined;
}

/** An alert in which the episode was a reason, as it was left. */
export interface EarlierAlert {
  readonly state: AlertState;
  /** Epoch ms. */
  readonly closedAt?: number | undefined;
  /** Whether the episode has gone on since, as far as anybody knew: what was over was not what the person closed. */
  readonly firing: boolean;
  /** Of the episode, when it was taken up last. */
  readonly severity: Severity;
}

export function isDealtWith({ severity, freshAt }: RunningEpisode, earlier: readonly EarlierAlert[]): boolean {
  return earlier.some(({ state, closedAt, firing, severity: taken }) => {
    if (state !== 'resolved' || closedAt === undefined || !firing || rankOf(taken) < rankOf(severity)) return false;
    return !isUrgent(severity) || freshAt === undefined || freshAt <= closedAt;
  });
}
