// Finds the episodes of a rule about how fast glucose falls: begun and ended by single rows of one sensor (CGM-03, CGM-07).
// Promise: as scan-glucose.ts: disjoint, in time order, only the last may be open, silence ends nothing, a function of readings alone.
import { type GlucoseSeries, META } from '../glucose-series.ts';
import { NEW_EPISODE_AFTER_MS } from './glucose-rule.ts';
import { mergeRows } from './merged-rows.ts';
import { firstRowOfSlope, opensHalfMinute } from './row-slope.ts';
import { type EvidenceReading, MAX_EVIDENCE } from './rule.ts';
import type { FoundEpisode } from './scan-glucose.ts';

export interface SlopeScan {
  /** Index of the first reading of the condition that a row completes, measured at `fromAt` (epoch ms) or later; else −1. */
  startAt(series: GlucoseSeries, row: number, fromAt: number): number;
  /** Whether a row says that it is over; undefined where its slope isn't known. */
  isOver(series: GlucoseSeries, row: number): boolean | undefined;
  /** Whether a row is one of several that begin it; absent where one is enough. */
  isPart?(series: GlucoseSeries, row: number): boolean;
}

/** While it holds, nothing begins, and what was open ends where it began to. Epoch ms, disjoint, ascending. */
export interface Overruling {
  readonly from: number;
  readonly to: number;
  /** Id of the rule that says more. */
  readonly by: string;
}

/** @param settledUntil epoch ms, as `Rule.evaluate` has it; @param overrulings asked for once something begins */
export function scanSlope(
  list: readonly GlucoseSeries[],
  scan: SlopeScan,
  settledUntil: number,
  overrulings: () => readonly Overruling[],
): readonly FoundEpisode[] {
  return walk(list, scan, { fromAt: settledUntil, overrulings }).found;
}

/** Where an episode that was open at `from` ends after it (its `endAt`), by the same rules. */
export function findSlopeRecovery(
  list: readonly GlucoseSeries[],
  scan: SlopeScan,
  from: number,
  overrulings: () => readonly Overruling[],
): number | undefined {
  if (list.length === 0) return undefined;
  return walk(list, scan, { fromAt: from, overrulings, isOpen: true }).endedAt;
}

interface Walk {
  /** Where the rows begin: nothing measured before begins an episode. */
  readonly fromAt: number;
  readonly overrulings: () => readonly Overruling[];
  /** Whether one is open already. */
  readonly isOpen?: boolean;
}

function walk(
  list: readonly GlucoseSeries[],
  scan: SlopeScan,
  given: Walk,
): { found: FoundEpisode[]; endedAt: number | undefined } {
  let known: readonly Overruling[] | undefined;
  const overrulings = () => {
    known ??= given.overrulings();
    return known;
  };
  const rows = mergeRows(list, given.fromAt);
  const found: FoundEpisode[] = [];
  /** By series: when it was last heard, and whether it then said that the fall goes on. */
  const heard: { at: number; goesOn: boolean }[] = [];
  let open: FoundEpisode | undefined;
  let isOpen = given.isOpen ?? false;
  /** How many overrulings had begun when the episode did: the next one ends it. */
  const begunBy = (at: number) => overrulings().filter(({ from }) => from <= at).length;
  let begunBefore = isOpen ? begunBy(given.fromAt) : 0;
  let fromAt = given.fromAt;
  let endedAt: number | undefined;
  let previousAt = given.fromAt;
  /** What is begun anew after a silence, and in time, is another episode (scan-glucose.ts). */
  let cut = false;
  const end = (at: number) => {
    endedAt ??= at;
    if (open !== undefined) open.endAt = at;
    open = undefined;
    isOpen = false;
    fromAt = at;
  };

  while (rows.next()) {
    const { series, index, measuredAt } = rows;
    if (!opensHalfMinute(series, index)) continue;
    const isInTime = (rows.meta & META.late) === 0;
    if (isOpen && measuredAt - previousAt > NEW_EPISODE_AFTER_MS.cgm) cut = true;
    previousAt = measuredAt;
    const overruling = isOpen && begunBy(measuredAt) !== begunBefore ? overrulings()[begunBefore] : undefined;
    if (overruling) end(overruling.from);
    const isOver = scan.isOver(series, index);
    heard[rows.seriesIndex] = { at: measuredAt, goesOn: isOver === false };
    if (isOpen && isOver) {
      const isContradicted = heard.some(({ at, goesOn }) => goesOn && measuredAt - at <= NEW_EPISODE_AFTER_MS.cgm);
      if (!isContradicted) end(measuredAt);
      continue;
    }
    const startIndex = scan.startAt(series, index, fromAt);
    if (startIndex === -1 || overrulingAt(overrulings(), measuredAt) !== undefined) continue;
    if (isOpen && cut && isInTime) end(series.measuredAt[startIndex]!);
    if (!isOpen) {
      open = foundAt(series, startIndex, index);
      found.push(open);
      isOpen = true;
      cut = false;
      begunBefore = begunBy(measuredAt);
    } else if (open !== undefined) {
      open.newestAt = measuredAt;
      if (isInTime) open.freshAt = measuredAt;
    }
  }
  return { found, endedAt };
}

function foundAt(series: GlucoseSeries, startIndex: number, row: number): FoundEpisode {
  const { measuredAt, meta } = series;
  const completedAt = measuredAt[row]!;
  return {
    startAt: measuredAt[startIndex]!,
    completedAt,
    newestAt: completedAt,
    ...((meta[row]! & META.late) === 0 && { freshAt: completedAt }),
    knownRecovering: false,
    evidence: evidenceOfSlope(series, startIndex, row),
  };
}

/** The readings that make the slopes of the rows from `startIndex` to `row`, the newest of them. */
export function evidenceOfSlope(series: GlucoseSeries, startIndex: number, row: number): EvidenceReading[] {
  const { deviceKey, measuredAt } = series;
  const evidence: EvidenceReading[] = [];
  const first = Math.max(firstRowOfSlope(series, startIndex), row + 1 - MAX_EVIDENCE);
  for (let i = first; i <= row; i++) evidence.push({ deviceKey, kind: 'cgm', measuredAt: measuredAt[i]! });
  return evidence;
}

/** What speaks in the place of the rule at an instant (epoch ms). */
export function overrulingAt(overrulings: readonly Overruling[], at: number): Overruling | undefined {
  return overrulings.find(({ from, to }) => at >= from && at < to);
}
