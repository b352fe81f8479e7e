// Finds the episodes of a glucose rule in a window: opened by its start, ended by its clear line, kept open by silence.
// Promise: episodes are disjoint, in time order, only the last may be open, and they are a function of the readings alone.
import type { GlucoseSeries } from '../glucose-series.ts';
import { META } from '../glucose-series.ts';
import type { GlucoseKind } from '../reading.ts';
import { type EpisodeStart, startUnlessSilenced } from './episode-start.ts';
import type { Persistence } from './explain-clear.ts';
import { neverSilenced } from './fingerstick-silence.ts';
import type { GlucoseLine } from './glucose-line.ts';
import { firstBeyond, isBeyond } from './glucose-line.ts';
import type { GlucoseRecovery } from './glucose-recovery.ts';
import { createGlucoseRecovery } from './glucose-recovery.ts';
import type { MergedRows } from './merged-rows.ts';
import { mergeRows } from './merged-rows.ts';
import type { EvidenceReading } from './rule.ts';
import { MAX_EVIDENCE } from './rule.ts';

/*
 * A gap never ends an episode: clinical.md §3.6 truncates for counting, but a live low isn't over because nobody looks. Where the
 * condition is completed anew after a gap of `newAfterMs`, and in time, that is another episode: whoever dealt with the first has to
 * hear of it. Completed anew by late readings it goes on with the first: late news is no reason to page again, nor to page less.
 */
export interface GlucoseScan {
  readonly kind: GlucoseKind;
  readonly line: GlucoseLine;
  readonly clearLine: GlucoseLine;
  /** Minutes on the recovered side of the clear line; 0: one reading. */
  readonly clearMin: number;
  /** A silence longer than this separates episodes. */
  readonly newAfterMs: number;
  createStart(): EpisodeStart;
  /** How long before the end of an episode readings count towards the next one; absent: not at all. */
  readonly lookBackMs?: number | undefined;
  /** What `createStart` waits for, in numbers; absent: one reading is enough. */
  readonly persistence?: Persistence | undefined;
}

export interface FoundEpisode {
  readonly startAt: number;
  readonly completedAt: number;
  /** Of its newest reading beyond the line. */
  newestAt: number;
  endAt?: number;
  /** Of the reading that showed that it was over: until then it was taken to go on. */
  endKnownAt?: number;
  /** Of the newest that arrived in time among the reading that completed it and those beyond the line since. */
  freshAt?: number;
  /** Not over by the clear line's rule, but the newest readings are on its recovered side and arrived in time. */
  knownRecovering: boolean;
  readonly evidence: readonly EvidenceReading[];
}

/**
 * Undefined: no reading lies beyond the line.
 * @param settledUntil epoch ms, as `Rule.evaluate` has it
 * @param isSilenced whether what is completed at an instant (epoch ms) is put off
 */
export function scanGlucose(
  list: readonly GlucoseSeries[],
  scan: GlucoseScan,
  settledUntil = Number.NEGATIVE_INFINITY,
  isSilenced = neverSilenced,
): readonly FoundEpisode[] | undefined {
  const firstAt = firstBeyondAt(list, scan.line);
  if (firstAt === undefined) return undefined;
  const fromAt = Math.max(firstAt, settledUntil);
  const rows = mergeRows(list, fromAt - (scan.lookBackMs ?? 0));
  const start = newStart(scan, isSilenced);
  start.settle?.(fromAt);
  const found: FoundEpisode[] = [];
  let open: FoundEpisode | undefined;
  let recovery = newRecovery(scan);
  let previousAt = fromAt;
  let cut = false;

  const begin = (startIndex: number) => {
    open = episodeOf(rows, startIndex, scan);
    const freshAt = open.freshAt ?? start.freshAt?.();
    if (freshAt !== undefined) open.freshAt = freshAt;
    found.push(open);
    recovery = newRecovery(scan);
    recovery.push(rows);
    cut = false;
  };
  while (rows.next()) {
    if (rows.measuredAt < fromAt) {
      start.push(rows, isBeyond(scan.line, rows.value, rows.meta));
      continue;
    }
    if (open !== undefined && rows.measuredAt - previousAt > scan.newAfterMs) {
      cut = true;
      start.reset();
    }
    previousAt = rows.measuredAt;
    const beyond = isBeyond(scan.line, rows.value, rows.meta);
    const startIndex = start.push(rows, beyond);
    if (open === undefined) {
      if (startIndex >= 0) begin(startIndex);
      continue;
    }
    if (cut && startIndex >= 0 && isInTime(rows)) {
      open.endAt = rows.series.measuredAt[startIndex]!;
      open.endKnownAt = rows.measuredAt;
      begin(startIndex);
      continue;
    }
    const recoveredAt = recovery.push(rows);
    if (recoveredAt !== undefined) {
      open.endAt = recoveredAt;
      open.endKnownAt = rows.measuredAt;
      open = undefined;
      if (start.settle) start.settle(recoveredAt);
      else start.reset();
    } else if (beyond) {
      open.newestAt = rows.measuredAt;
      if (isInTime(rows)) open.freshAt = rows.measuredAt;
    }
  }
  if (open !== undefined) open.knownRecovering = recovery.isKnown();
  return found;
}

/** Where an episode that was open at `from` ends after it (its `endAt`), by the same rules. */
export function findRecovery(
  list: readonly GlucoseSeries[],
  scan: GlucoseScan,
  from: number,
  isSilenced = neverSilenced,
): number | undefined {
  if (list.length === 0) return undefined;
  const rows = mergeRows(list, from);
  const start = newStart(scan, isSilenced);
  const recovery = newRecovery(scan);
  let previousAt = from;
  let cut = false;
  while (rows.next()) {
    if (rows.measuredAt - previousAt > scan.newAfterMs) {
      cut = true;
      start.reset();
    }
    previousAt = rows.measuredAt;
    const startIndex = start.push(rows, isBeyond(scan.line, rows.value, rows.meta));
    if (cut && startIndex >= 0 && isInTime(rows)) return rows.series.measuredAt[startIndex];
    const recoveredAt = recovery.push(rows);
    if (recoveredAt !== undefined) return recoveredAt;
  }
  return undefined;
}

function newStart(scan: GlucoseScan, isSilenced: (at: number) => boolean): EpisodeStart {
  const start = scan.createStart();
  return isSilenced === neverSilenced ? start : startUnlessSilenced(start, isSilenced);
}

function newRecovery(scan: GlucoseScan): GlucoseRecovery {
  return createGlucoseRecovery(scan.clearLine, scan.clearMin, scan.newAfterMs);
}

function firstBeyondAt(list: readonly GlucoseSeries[], line: GlucoseLine): number | undefined {
  let earliestAt: number | undefined;
  for (const series of list) {
    const index = firstBeyond(line, series);
    if (index === -1) continue;
    const at = series.measuredAt[index]!;
    earliestAt = Math.min(at, earliestAt ?? at);
  }
  return earliestAt;
}

function episodeOf(row: MergedRows, startIndex: number, scan: GlucoseScan): FoundEpisode {
  const { series, index, measuredAt } = row;
  const evidence: EvidenceReading[] = [];
  for (let i = index; i >= startIndex && evidence.length < MAX_EVIDENCE; i--) {
    if (!isBeyond(scan.line, series.value[i]!, series.meta[i]!)) continue;
    evidence.push({ deviceKey: series.deviceKey, kind: scan.kind, measuredAt: series.measuredAt[i]! });
  }
  return {
    startAt: series.measuredAt[startIndex]!,
    completedAt: measuredAt,
    newestAt: measuredAt,
    ...(isInTime(row) && { freshAt: measuredAt }),
    knownRecovering: false,
    evidence: evidence.reverse(),
  };
}

function isInTime({ meta }: MergedRows): boolean {
  return (meta & META.late) === 0;
}
