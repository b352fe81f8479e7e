// Stretches without a CGM reading in which one was expected: the plan's periods, cut where a sensor's life was over (DATA-01).
// Promise: in time order and disjoint: those that lasted at least `atLeastMs`, and what is running or still to come.
import { mergeRows } from './merged-rows.ts';
import type { EvidenceReading, PatientProfile, PatientWindow, Period } from './rule.ts';

export interface ExpectedSilence {
  readonly startAt: number;
  /** The next reading, or when CGM is no longer expected; it may lie ahead. */
  readonly endAt?: number;
  /** The sensor's life was over: silence is what one expects. */
  readonly sensorEnded: boolean;
  readonly lastReading?: EvidenceReading;
}

interface Gap {
  readonly after: number;
  readonly before: number;
  /** It began before the window: when, is not known. */
  readonly beganBefore?: true;
  readonly lastReading?: EvidenceReading;
}

const ALWAYS: readonly Period[] = [{ from: -Infinity }];

export function expectedSilences(
  window: PatientWindow,
  profile: PatientProfile,
  atLeastMs: number,
  now: number,
): ExpectedSilence[] {
  const { cgmPeriods, registeredAt, sensorPeriods = [] } = profile;
  // Without a plan CGM is expected from the first reading on, and never where nothing was received (clinical.md §6).
  const planned = cgmPeriods.map(({ from, to }) => ({ from: Math.max(from, registeredAt), to })).sort(byStart);
  const dead = deadPeriods(sensorPeriods);
  const silences: ExpectedSilence[] = [];
  for (const gap of gapsOf(window, atLeastMs)) {
    for (const period of planned.length > 0 ? planned : ALWAYS) {
      const startAt = Math.max(gap.after, period.from);
      const endAt = Math.min(gap.before, period.to ?? Infinity);
      if (startAt === -Infinity || startAt >= endAt || (gap.beganBefore && period.from < gap.after)) continue;
      silences.push(...cut({ startAt, endAt, lastReading: gap.lastReading }, dead));
    }
  }
  return silences.filter(({ startAt, endAt = Infinity }) => endAt > now || endAt - startAt >= atLeastMs);
}

/** Gaps between the readings of all sensors together that are long enough, and the one since the last reading. */
function gapsOf(window: PatientWindow, atLeastMs: number): Gap[] {
  const lastAt = window.lastCgmAt ?? -Infinity;
  const filled = window.cgm.filter(({ length }) => length > 0);
  if (filled.length === 0) return [{ after: lastAt, before: Infinity }];
  const only = filled.length === 1 ? filled[0]! : undefined;
  if (only !== undefined && !hasGap(only.measuredAt, only.length, window.from, atLeastMs)) {
    return [{ after: Math.max(only.measuredAt[only.length - 1]!, lastAt), before: Infinity }];
  }
  const gaps: Gap[] = [];
  const rows = mergeRows(filled);
  let after = window.from;
  let lastReading: EvidenceReading | undefined;
  while (rows.next()) {
    const { measuredAt } = rows;
    if (measuredAt - after >= atLeastMs) {
      gaps.push({ after, before: measuredAt, ...(lastReading ? { lastReading } : { beganBefore: true }) });
    }
    after = measuredAt;
    lastReading = { deviceKey: rows.series.deviceKey, kind: 'cgm', measuredAt };
  }
  gaps.push({ after: Math.max(after, lastAt), before: Infinity, ...(lastReading && { lastReading }) });
  return gaps;
}

/** The quiet path: most windows have no gap at all. */
function hasGap(measuredAt: ArrayLike<number>, length: number, from: number, atLeastMs: number): boolean {
  let previousAt = from;
  for (let i = 0; i < length; i++) {
    const at = measuredAt[i]!;
    if (at - previousAt >= atLeastMs) return true;
    previousAt = at;
  }
  return false;
}

/** When the life of every known sensor was over and no other had been started. */
function deadPeriods(sensors: readonly Period[]): Period[] {
  const dead: Period[] = [];
  let aliveUntil: number | undefined;
  for (const { from, to = Infinity } of [...sensors].sort(byStart)) {
    if (aliveUntil !== undefined && aliveUntil < from) dead.push({ from: aliveUntil, to: from });
    aliveUntil = Math.max(aliveUntil ?? -Infinity, to);
  }
  if (aliveUntil !== undefined && aliveUntil < Infinity) dead.push({ from: aliveUntil });
  return dead;
}

function cut(
  silence: { startAt: number; endAt: number; lastReading: EvidenceReading | undefined },
  dead: readonly Period[],
): ExpectedSilence[] {
  const { endAt, lastReading } = silence;
  const parts: ExpectedSilence[] = [];
  let startAt = silence.startAt;
  const add = (until: number, sensorEnded: boolean) => {
    if (startAt >= until) return;
    parts.push({
      startAt,
      ...(until < Infinity && { endAt: until }),
      sensorEnded,
      ...(lastReading && { lastReading }),
    });
    startAt = until;
  };
  for (const { from, to = Infinity } of dead) {
    if (to <= startAt || from >= endAt) continue;
    add(Math.min(from, endAt), false);
    add(Math.min(to, endAt), true);
  }
  add(endAt, false);
  return parts;
}

function byStart(a: Period, b: Period): number {
  return a.from - b.from;
}
