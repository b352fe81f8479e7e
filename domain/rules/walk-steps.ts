// Walks a patient's weeks in event time, judgement by judgement: an episode starts with one that says so and goes on until one ends it.
// Promise: episodes are disjoint and in time order; nothing counts twice: what ends an episode was measured after it began, and what
// starts another after the last one ended, so that values about a line are one episode, not one a day.

import type { EvidenceReading, Severity } from './rule.ts';
import { SEVERITIES } from './rule.ts';

/** A moment at which a rule is judged: the beginning of a local day, or when something it waits for was measured. */
export interface Step {
  /** Epoch ms. */
  readonly at: number;
  /** By what was measured from `settledUntil` (epoch ms) on, and before `at`. */
  judge(settledUntil: number): Judgement;
  /** Whether an episode that was completed before, at `completedAt` (epoch ms), is over. */
  ends(completedAt: number): boolean;
}

export type Judgement = Start | Calm;

export interface Start {
  readonly outcome: 'starts';
  readonly severity: Severity;
  readonly reason: string;
  /** 1-based. */
  readonly stage?: number | undefined;
  readonly evidence: readonly EvidenceReading[];
}

export interface Calm {
  readonly outcome: 'clear' | 'unknown';
  readonly reason: string;
}

export interface WalkedEpisode extends Omit<Start, 'outcome'> {
  readonly startAt: number;
  readonly endAt?: number | undefined;
}

export interface Walk {
  readonly episodes: readonly WalkedEpisode[];
  /** What the last step says; undefined where there is none. */
  readonly last?: Judgement | undefined;
}

export const RECOVERED: Calm = { outcome: 'clear', reason: 'recovered' };

/** @param steps ascending in `at`; @param settledUntil as `JudgingRule.evaluate` has it */
export function walkSteps(steps: readonly Step[], settledUntil = Number.NEGATIVE_INFINITY): Walk {
  const episodes: WalkedEpisode[] = [];
  let open: WalkedEpisode | undefined;
  let settled = settledUntil;
  let last: Judgement | undefined;
  const replace = (changed: WalkedEpisode) => {
    episodes[episodes.length - 1] = changed;
    return changed;
  };
  for (const step of steps) {
    if (open?.startAt !== undefined && step.ends(open.startAt)) {
      replace({ ...open, endAt: step.at });
      open = undefined;
      settled = step.at;
      last = RECOVERED;
      continue;
    }
    last = step.judge(settled);
    if (last.outcome !== 'starts') continue;
    const { outcome: _, ...start } = last;
    if (open === undefined) {
      open = { startAt: step.at, ...start };
      episodes.push(open);
    } else if (SEVERITIES.indexOf(start.severity) > SEVERITIES.indexOf(open.severity)) {
      open = replace({ ...open, ...start });
    }
  }
  return { episodes, last };
}

/** Where an episode that was completed at `completedAt` (epoch ms) and was open then is over; undefined: it goes on. */
export function findEnd(steps: readonly Step[], completedAt: number): number | undefined {
  return steps.find((step) => step.at > completedAt && step.ends(completedAt))?.at;
}
