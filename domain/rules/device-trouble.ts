// Stretches of trouble with single devices, told as episodes of the patient: what overlaps is one (DATA-02, DATA-03, DATA-04, CGM-09).
// Promise: episodes are disjoint, in time order, only the last may be open; the order of the devices doesn't matter.
import { fateOfLate } from './fate-of-late.ts';
import type { Episode, Evaluation, EvidenceReading, Explanation, Severity } from './rule.ts';
import { MAX_EVIDENCE } from './rule.ts';
import type { ThresholdSet } from './thresholds.ts';

export interface Trouble {
  readonly startAt: number;
  readonly completedAt: number;
  /** Absent: it goes on. */
  readonly endAt?: number | undefined;
  /** Newest sign of it that arrived in time, from what completed it on. */
  readonly freshAt?: number | undefined;
  readonly reason: string;
  readonly evidence: readonly EvidenceReading[];
}

/** In time order; two that overlap are one, with the beginning of the first. */
export function uniteTroubles(troubles: readonly Trouble[]): Trouble[] {
  const sorted = [...troubles].sort(
    (a, b) => a.startAt - b.startAt || a.completedAt - b.completedAt || deviceOf(a) - deviceOf(b),
  );
  const united: Trouble[] = [];
  for (const next of sorted) {
    const last = united.at(-1);
    if (last === undefined || (last.endAt !== undefined && last.endAt <= next.startAt)) united.push(next);
    else united[united.length - 1] = joined(last, next);
  }
  return united;
}

function joined(first: Trouble, second: Trouble): Trouble {
  const endAt =
    first.endAt === undefined || second.endAt === undefined ? undefined : Math.max(first.endAt, second.endAt);
  const fresh = [first.freshAt ?? [], second.freshAt ?? []].flat();
  const begun = first.completedAt <= second.completedAt ? first : second;
  const { completedAt, reason, evidence } = begun;
  return {
    startAt: first.startAt,
    completedAt,
    ...(endAt !== undefined && { endAt }),
    ...(fresh.length > 0 && { freshAt: Math.max(...fresh) }),
    reason,
    evidence,
  };
}

function deviceOf({ evidence }: Trouble): number {
  return evidence[0]?.deviceKey ?? 0;
}

export interface TroubleTelling {
  readonly severity: Severity;
  readonly thresholds: ThresholdSet;
  /** What is said where there is no trouble. */
  readonly quiet: Explanation;
}

/** What a rule says of troubles that are disjoint and in time order. */
export function evaluateTroubles(
  troubles: readonly Trouble[],
  { severity, thresholds, quiet }: TroubleTelling,
): Evaluation {
  const episodes = troubles.map(({ reason, freshAt, evidence, ...times }): Episode => {
    const base = { ...withoutAbsent(times), evidence: evidence.slice(-MAX_EVIDENCE) };
    if (freshAt !== undefined) return { ...base, freshAt, severity, fate: 'live', explanation: { reason, thresholds } };
    const late = fateOfLate(severity, 'none', times.endAt !== undefined);
    return { ...base, severity: late.severity, fate: late.fate, explanation: { reason: late.reason, thresholds } };
  });
  const newest = episodes.at(-1);
  if (newest === undefined) return { verdict: 'clear', episodes, explanation: quiet };
  if (newest.endAt !== undefined)
    return { verdict: 'clear', episodes, explanation: { reason: 'recovered', thresholds } };
  return { verdict: 'firing', severity: newest.severity, episodes, explanation: newest.explanation };
}

function withoutAbsent({ startAt, completedAt, endAt }: Pick<Trouble, 'startAt' | 'completedAt' | 'endAt'>) {
  return { startAt, completedAt, ...(endAt !== undefined && { endAt }) };
}
