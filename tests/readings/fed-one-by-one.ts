// What is persisted of one rule once arrivals have come one by one, each judged as ingest does it. Used by tests only.
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { PatientProfile, PatientWindow, Rule } from '../../domain/rules/rule.ts';
import { MINUTE_MS, PROFILE, START_AT } from './patient-windows.ts';

export interface Feeding<A> {
  readonly rule: Rule;
  readonly windowOf: (stored: readonly A[]) => PatientWindow;
  /** Two arrivals of one key are the same thing told twice. */
  readonly keyOf: (arrival: A) => string | number;
  readonly nowMin: number;
  readonly profile?: PatientProfile;
}

/** @param arrivals with `min` after START_AT, in whatever order */
export function fedOneByOne<A extends { readonly min: number }>(
  arrivals: readonly A[],
  { rule, windowOf, keyOf, nowMin, profile = PROFILE }: Feeding<A>,
): PersistedSignal {
  let persisted = NO_SIGNAL;
  let judgedUntil: number | undefined;
  let ids = 0;
  const newId = () => `episode-${String(++ids).padStart(4, '0')}`;
  const stored = new Map<string | number, A>();
  const now = START_AT + nowMin * MINUTE_MS;
  for (const arrival of arrivals) {
    stored.set(keyOf(arrival), arrival);
    const window = windowOf([...stored.values()]);
    const { difference } = deriveSignal({ rule, window, profile, now, persisted, judgedUntil, newId });
    persisted = applyDifference(persisted, difference);
    judgedUntil = START_AT + Math.max(...[...stored.values()].map(({ min }) => min)) * MINUTE_MS;
  }
  return persisted;
}
