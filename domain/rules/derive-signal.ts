// What one rule says of one patient now, and what of it has to be written: evaluation and reconciliation in one step.
// Promise: a window that slides shows the same episodes as one that never ends, because what was persisted says how it began.
import { type PersistedSignal, reconcileSignals, type SignalDifference } from './reconcile-signals.ts';
import type { Evaluation, JudgingRule, PatientProfile, PatientWindow } from './rule.ts';

/** What a rule judges from: nothing before `from`, and nothing from `to` on where it is a look at the past. */
type Stretch = Pick<PatientWindow, 'from' | 'to'>;

export interface SignalInput<W extends Stretch> {
  readonly rule: JudgingRule<W>;
  readonly window: W;
  readonly profile: PatientProfile;
  /** Epoch ms. */
  readonly now: number;
  readonly persisted: PersistedSignal;
  /** As in Reconciliation. */
  readonly judgedUntil?: number | undefined;
  readonly newId: () => string;
}

export interface DerivedSignal {
  /** For its `nextDeadlineAt` and `request`; the verdict to tell is the difference's. */
  readonly evaluation: Evaluation;
  readonly difference: SignalDifference;
}

export function deriveSignal<W extends Stretch>({
  rule,
  window,
  profile,
  now,
  persisted,
  judgedUntil,
  newId,
}: SignalInput<W>): DerivedSignal {
  const sight = { from: window.from + (rule.leadMs ?? 0), to: window.to };
  const before = persisted.episodes.filter(({ startAt }) => startAt < sight.from);
  const open = before.find(({ endAt }) => endAt === undefined);
  const recoveredAt = open && rule.findRecovery(window, open.completedAt, profile, now);
  const ends = before.flatMap(({ endAt }) => endAt ?? recoveredAt ?? []);
  const settledUntil = ends.length === 0 ? undefined : Math.max(...ends);
  const evaluation = rule.evaluate(window, profile, now, settledUntil);
  const { listsPast } = rule;
  const difference = reconcileSignals({
    persisted,
    evaluation,
    window: sight,
    recoveredAt,
    listsPast,
    judgedUntil,
    newId,
  });
  return { evaluation, difference };
}
