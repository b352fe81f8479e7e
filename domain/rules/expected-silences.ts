// Stretches without a CGM reading in which one was expected: the plan's periods, cut where a sensor's life was over (DATA-01).
// Promise: in time order and disjoint; all that lasted at least `atLeastMs` are there, and what is running or still to come.
import type { GlucoseSeries } from '../glucose-series.ts';
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

export function expectedSilences(window: PatientWindow, profile: PatientProfile, atLeastMs: number): ExpectedSilence[] {
  const { cgmPeriods, registeredAt, sensorPeriods = [] } = profile;
  // Without a plan CGM is expected from the first reading on, and never where nothing was received (clinical.md §6).
  const planned = cgmPeriods.map(({ from, to }) => ({ from: Math.max(from, registeredAt), to })).sort(byStart);
  const dead = deadPeriods(sensorPeriods);
  const silences: ExpectedSilence[] = [];
  for (const gap of gapsOf(window, atLeastMs)) {
    for (const period of planned.length > 0 ? planned : ALWAYS) {
      const startAt = Math.max(gap.after, period.from);
      const endAt = Math.min(gap.before, period.to ?? Infinity);
      if (startAt === -Infinity || (gap.beganBefore && period.from < gap.after)) continue;
      silences.push(...cut({ startAt, endAt, lastReading: gap.lastReading }, dead));
    }
  }
  return silences;
}

/** Gaps between the readings of all sensors together that are long enough, and the one since the last reading. */
function gapsOf(window: PatientWindow, atLeastMs: number): Gap[] {
  const lastAt = window.lastCgmAt ?? -Infinity;
  const filled = window.cgm.filter(({ length }) => length > 0);
  if (filled.length === 0) return [{ after: lastAt, before: Infinity }];
  const gaps: Gap[] = [];
  const add = (after: number, before: number, lastReading?: EvidenceReading) =>
    gaps.push({ after, before, ...(lastReading ? { lastReading } : { beganBefore: true }) });
  const firstAt = Math.min(...filled.map(({ measuredAt }) => measuredAt[0]!));
  if (firstAt - window.from >= atLeastMs) add(window.from, firstAt);
  if (filled.length === 1 && !hasGap(filled[0]!, atLeastMs)) {
    const { deviceKey, length, measuredAt } = filled[0]!;
    const newestAt = measuredAt[length - 1]!;
    add(Math.max(newestAt, lastAt), Infinity, { deviceKey, kind: 'cgm', measuredAt: newestAt });
    return gaps;
  }
  const rows = mergeRows(filled);
  let lastReading: EvidenceReading | undefined;
  while (rows.next()) {
    const { measuredAt } = rows;
    if (lastReading !== undefined && measuredAt - lastReading.measuredAt >= atLeastMs) {
      add(lastReading.measuredAt, measuredAt, lastReading);
    }
    lastReading = { deviceKey: rows.series.deviceKey, kind: 'cgm', measuredAt };
  }
  add(Math.max(lastReading!.measuredAt, lastAt), Infinity, lastReading);
  return gaps;
}

/** The quiet path: most windows have no gap at all. */
function hasGap({ measuredAt, length }: GlucoseSeries, atLeastMs: number): boolean {
  for (let i = 1; i < length; i++) if (measuredAt[i]! - measuredAt[i - 1]! >= atLeastMs) return true;
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
  if (aliveUntil !== undefined) dead.push({ from: aliveUntil });
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
    add(Math.min(from, endAt), false);
    add(Math.min(to, endAt), true);
  }
  add(endAt, false);
  return parts;
}

function byStart(a: Period, b: Period): number {
  return a.from - b.from;
}
