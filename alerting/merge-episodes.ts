// What changed episodes make of an alert's reasons. Pure. The set after the change counts, never the order it came in: an episode that
// was joined to an older one leaves and enters in one step, and nothing has cleared in between.

import { rankOf } from '../storage/alerts/alert-lifecycle.ts';
import type { AlertReason, AlertState } from '../storage/alerts/alert-record.ts';
import type { ChangedEpisode } from '../storage/alerts/signal-changes.ts';

/** A reason before it is known in which alert it will stand. */
export type ReasonDraft = Omit<AlertReason, 'alertId'>;

export interface ReasonNote {
  readonly event: 'reason_joined' | 'reason_changed' | 'reason_cleared';
  readonly reason: string;
  readonly draft: ReasonDraft;
}

export interface MergedEpisodes {
  /** All reasons after the change. */
  readonly reasons: readonly ReasonDraft[];
  readonly notes: readonly ReasonNote[];
  /** Over before anybody was told: each becomes an alert that is only listed. */
  readonly listed: readonly { readonly episode: ChangedEpisode; readonly reason: string }[];
  /** Alerts that were only listed, whose episode has turned out never to have been. */
  readonly withdrawnListings: readonly string[];
}

export interface EpisodesToMerge {
  /** Of the unclosed alert; undefined where there is none. */
  readonly present: readonly AlertReason[] | undefined;
  readonly changed: readonly ChangedEpisode[];
  /** Where the changed episodes have been taken up in alerts that are closed. */
  readonly elsewhere: readonly (AlertReason & { readonly alertState: AlertState })[];
  readonly now: number;
}

export function mergeEpisodes({ present, changed, elsewhere, now }: EpisodesToMerge): MergedEpisodes {
  const reasons = new Map<string, ReasonDraft>(present?.map((reason) => [reason.episodeId, withoutAlert(reason)]));
  const notes: ReasonNote[] = [];
  const listed: { episode: ChangedEpisode; reason: string }[] = [];
  const withdrawnListings: string[] = [];
  const set = (event: ReasonNote['event'], reason: string, draft: ReasonDraft) => {
    reasons.set(draft.episodeId, draft);
    notes.push({ event, reason, draft });
  };

  for (const episode of changed) {
    const before = reasons.get(episode.episodeId);
    const past = elsewhere.filter(({ episodeId }) => episodeId === episode.episodeId);
    const isFiring = fires(episode);
    if (before) {
      if (isFiring && hasChanged(before, episode)) set('reason_changed', reasonOf(episode), refresh(before, episode));
      if (!isFiring && before.firing) set('reason_cleared', endingOf(episode), end(before, episode, now));
    } else if (isFiring) {
      if (!wasDealtWith(episode, past)) set('reason_joined', reasonOf(episode), draftOf(episode, now));
    } else if (episode.withdrawnAt !== undefined) {
      for (const { alertId, alertState } of past) if (alertState === 'retrospective') withdrawnListings.push(alertId);
    } else if (past.length === 0) {
      if (present && episode.fate !== 'retrospective') set('reason_joined', 'over_already', draftOf(episode, now));
      else listed.push({ episode, reason: listingReason(episode) });
    }
  }
  return { reasons: [...reasons.values()], notes, listed, withdrawnListings };
}

const fires = ({ fate, endAt, withdrawnAt }: ChangedEpisode) =>
  fate !== 'retrospective' && endAt === undefined && withdrawnAt === undefined;

/** A person closed the alert while it fired: that stands until the episode gets worse. One only listed was never dealt with. */
function wasDealtWith(episode: ChangedEpisode, past: EpisodesToMerge['elsewhere']): boolean {
  return past.some(
    ({ alertState, severity }) => alertState !== 'retrospective' && rankOf(severity) >= rankOf(episode.severity),
  );
}

function hasChanged(before: ReasonDraft, episode: ChangedEpisode): boolean {
  return (
    !before.firing || before.severity !== episode.severity || before.explanation.stage !== episode.explanation.stage
  );
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

/** What is over although it came in time was over before alerting saw it. */
function listingReason(episode: ChangedEpisode): string {
  return episode.fate === 'retrospective' || isNote(episode) ? reasonOf(episode) : 'over_before_told';
}

const isNote = ({ severity }: ChangedEpisode) => severity === 'info';

const reasonOf = ({ explanation }: Pick<ChangedEpisode, 'explanation'>) => explanation.reason;

function withoutAlert({ alertId: _, ...draft }: AlertReason): ReasonDraft {
  return draft;
}
