// What changed episodes make of an alert's reasons. Pure. The set after the change counts, never the order it came in: an episode that
// was joined to an older one leaves and enters in one step, and nothing has cleared in between.
import { isDealtWith } from '../domain/alerts/dealt-with.ts';
import { highestOf, lesserOf } from '../domain/alerts/severity-order.ts';
import { isSameFollowUp } from '../domain/follow-up/follow-up.ts';
import { isLate } from '../domain/rules/fate-of-late.ts';
import type { Severity } from '../domain/rules/rule.ts';
import type { AlertReason } from '../storage/alerts/alert-record.ts';
import type { ChangedEpisode } from '../storage/alerts/signal-changes.ts';

/** A reason before it is known in which alert it will stand. */
export type ReasonDraft = Omit<AlertReason, 'alertId'>;

export interface ReasonNote {
  readonly event: 'reason_joined' | 'reason_changed' | 'reason_cleared';
  readonly reason: string;
  readonly draft: ReasonDraft;
}

/** A reason that fired when a person closed its alert, and has ended since. */
export interface EndedReason {
  readonly alertId: string;
  readonly episodeId: string;
  readonly endAt: number | undefined;
  readonly reason: string;
}

export interface MergedEpisodes {
  /** All reasons after the change. */
  readonly reasons: readonly ReasonDraft[];
  readonly notes: readonly ReasonNote[];
  /** As in FiringNow. */
  readonly continuing: Severity | undefined;
  /** Over before anybody was told: each becomes an alert that is only listed. */
  readonly listed: readonly { readonly episode: ChangedEpisode; readonly reason: string }[];
  /** Alerts that were only listed, whose episode has turned out never to have been. */
  readonly withdrawnListings: readonly string[];
  readonly endedClosed: readonly EndedReason[];
}

/** @param present reasons of the unclosed alert; undefined where there is none */
export function mergeEpisodes(
  present: readonly ReasonDraft[] | undefined,
  changed: readonly ChangedEpisode[],
  now: number,
): MergedEpisodes {
  const reasons = new Map(present?.map((reason) => [reason.episodeId, reason]));
  const notes: ReasonNote[] = [];
  const listed: { episode: ChangedEpisode; reason: string }[] = [];
  const withdrawnListings: string[] = [];
  const endedClosed: EndedReason[] = [];
  const heirs = heirsOf(present ?? [], changed);
  const set = (event: ReasonNote['event'], reason: string, draft: ReasonDraft) => {
    reasons.set(draft.episodeId, draft);
    notes.push({ event, reason, draft });
  };

  for (const episode of changed) {
    const before = reasons.get(episode.episodeId);
    const isFiring = fires(episode);
    const { reason } = episode.explanation;
    if (!isFiring) endedClosed.push(...endedIn(episode));
    if (before) {
      if (isFiring && hasChanged(before, episode)) set('reason_changed', reason, refresh(before, episode));
      if (!isFiring && before.firing) set('reason_cleared', endingOf(episode), end(before, episode, now));
    } else if (isFiring) {
      // What is another name of a reason that is there already goes on with it.
      const isHeir = [...heirs.values()].includes(episode.episodeId);
      if (isHeir || !isDealtWith(episode, episode.takenUpIn))
        set('reason_joined', joiningReason(episode), draftOf(episode, now));
    } else if (episode.withdrawnAt !== undefined) {
      withdrawnListings.push(...listingsOf(episode));
    } else if (episode.takenUpIn.length === 0) {
      if (present && episode.fate !== 'retrospective') set('reason_joined', 'over_already', draftOf(episode, now));
      else listed.push({ episode, reason: listingReason(episode) });
    }
  }
  return {
    reasons: [...reasons.values()],
    notes,
    continuing: continuingSeverity(present ?? [], heirs, reasons),
    listed,
    withdrawnListings,
    endedClosed,
  };
}

const fires = ({ fate, endAt, withdrawnAt }: ChangedEpisode) =>
  fate !== 'retrospective' && endAt === undefined && withdrawnAt === undefined;

const listingsOf = ({ takenUpIn }: ChangedEpisode) =>
  takenUpIn.filter(({ state }) => state === 'retrospective').map(({ alertId }) => alertId);

/** What is joined to another one goes on with that. */
function endedIn(episode: ChangedEpisode): EndedReason[] {
  const { takenUpIn, joinedTo, endAt } = episode;
  if (joinedTo !== undefined) return [];
  return takenUpIn
    .filter(({ state, firing }) => state === 'resolved' && firing)
    .map(({ alertId, episodeId }) => ({ alertId, episodeId, endAt, reason: endingOf(episode) }));
}

/** Under which name each firing reason goes on: late data may have joined its episode to an older one, and that to one older still. */
function heirsOf(present: readonly ReasonDraft[], changed: readonly ChangedEpisode[]): ReadonlyMap<string, string> {
  const joined = new Map(changed.flatMap(({ episodeId, joinedTo }) => (joinedTo ? [[episodeId, joinedTo]] : [])));
  const heirs = new Map<string, string>();
  for (const { episodeId } of present.filter(({ firing }) => firing)) {
    let heir = episodeId;
    for (let next = joined.get(heir); next !== undefined; next = joined.get(heir)) {
      joined.delete(heir);
      heir = next;
    }
    heirs.set(episodeId, heir);
  }
  return heirs;
}

function continuingSeverity(
  present: readonly ReasonDraft[],
  heirs: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, ReasonDraft>,
): Severity | undefined {
  const continuing = present.flatMap(({ episodeId, severity }) => {
    const heir = after.get(heirs.get(episodeId) ?? '');
    return heir?.firing ? lesserOf(heir.severity, severity) : [];
  });
  return highestOf(continuing);
}

function hasChanged(before: ReasonDraft, { severity, explanation }: ChangedEpisode): boolean {
  const { stage, followUp } = before.explanation;
  const isSame = stage === explanation.stage && isSameFollowUp(followUp, explanation.followUp);
  const isSeenInTime = isLate(before.explanation) !== isLate(explanation);
  return !before.firing || before.severity !== severity || !isSame || isSeenInTime;
}

function draftOf(episode: ChangedEpisode, now: number): ReasonDraft {
  const { episodeId, ruleId, severity, startAt, endAt, explanation, evidence } = episode;
  const firing = fires(episode);
  const clearedAt = firing ? undefined : now;
  const spanned = { episodeStartAt: startAt, episodeEndAt: endAt };
  return { ruleId, episodeId, severity, firing, joinedAt: now, clearedAt, ...spanned, explanation, evidence };
}

function refresh(before: ReasonDraft, { severity, startAt, explanation, evidence }: ChangedEpisode): ReasonDraft {
  const running = { firing: true, clearedAt: undefined, episodeEndAt: undefined };
  return { ...before, ...running, severity, episodeStartAt: startAt, explanation, evidence };
}

function end(before: ReasonDraft, { endAt }: ChangedEpisode, now: number): ReasonDraft {
  return { ...before, firing: false, clearedAt: now, episodeEndAt: endAt };
}

function endingOf({ withdrawnAt, fate }: ChangedEpisode): string {
  if (withdrawnAt !== undefined) return 'withdrawn';
  return fate === 'retrospective' ? 'no_longer_current' : 'recovered';
}

function joiningReason({ takenUpIn, explanation }: ChangedEpisode): string {
  const wasClosed = takenUpIn.some(({ state, firing }) => state === 'resolved' && firing);
  return wasClosed ? 'goes_on_after_closing' : explanation.reason;
}

/** What came in time and is over was over before alerting saw it; a note says of itself what it is. */
function listingReason({ fate, severity, explanation }: ChangedEpisode): string {
  return fate === 'retrospective' || severity === 'info' ? explanation.reason : 'over_before_told';
}
