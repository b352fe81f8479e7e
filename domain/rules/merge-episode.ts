// What a persisted episode becomes when it is derived again.
// Promise: its fate only rises, and only while it is open; what lies before the window stays as it was.
import type { Episode, EpisodeFate, PatientWindow, Severity } from './rule.ts';
import { SEVERITIES } from './rule.ts';

export interface PersistedEpisode extends Episode {
  readonly episodeId: string;
}

/** Open and to be acted on: what makes a verdict fire. */
export function isOpenAlarm({ endAt, fate }: Episode): boolean {
  return endAt === undefined && fate !== 'retrospective';
}

/** First seen when it was over already: listed, never told as if it were now. */
export function newEpisode(episodeId: string, derived: Episode, window: Pick<PatientWindow, 'to'>): PersistedEpisode {
  const endAt = derived.endAt ?? window.to;
  if (endAt === undefined) return { ...derived, episodeId };
  return { ...derived, episodeId, endAt, fate: 'retrospective' };
}

/** @param joined persisted ones that turned out to be the same episode */
export function mergeEpisode(
  kept: PersistedEpisode,
  joined: readonly PersistedEpisode[],
  derived: Episode,
  window: Pick<PatientWindow, 'from' | 'to'>,
): PersistedEpisode {
  const { episodeId } = kept;
  const known = [kept, ...joined];
  const strongest = known.reduce((a, b) => (rankOf(b.fate) > rankOf(a.fate) ? b : a));
  const endAt = derived.endAt ?? endBeyond(known, window);
  const rises = endAt === undefined && rankOf(derived.fate) > rankOf(strongest.fate);
  const fate = rises ? derived.fate : strongest.fate;
  // A severity belongs to a fate: a late low is a warning, the same low live is critical.
  const told = fate === derived.fate || fate === 'retrospective' ? derived : strongest;
  const end = endAt === undefined ? {} : { endAt };
  const fresh = newestFresh([...known, derived]);
  if (kept.startAt < window.from && derived.startAt > kept.startAt) {
    // Its beginning is out of sight: what is derived is only its rest.
    const severity = rises ? derived.severity : higher(told.severity, kept.severity);
    const explanation = rises || severity !== kept.severity ? told.explanation : kept.explanation;
    const { startAt, completedAt, evidence } = kept;
    return { episodeId, startAt, completedAt, ...end, severity, fate, ...fresh, evidence, explanation };
  }
  const { startAt, completedAt, evidence } = derived;
  const { severity, explanation } = told;
  return { episodeId, startAt, completedAt, ...end, severity, fate, ...fresh, evidence, explanation };
}

/** What was fresh once was; a window that has slid on doesn't show it any more. */
function newestFresh(episodes: readonly Episode[]): Pick<Episode, 'freshAt'> {
  const instants = episodes.flatMap(({ freshAt }) => freshAt ?? []);
  return instants.length === 0 ? {} : { freshAt: Math.max(...instants) };
}

/** A past stretch that ends in the middle of an episode doesn't know its end. */
function endBeyond(known: readonly PersistedEpisode[], { to }: Pick<PatientWindow, 'to'>): number | undefined {
  if (to === undefined || known.some(({ endAt }) => endAt === undefined)) return undefined;
  return Math.max(to, ...known.map(({ endAt }) => endAt ?? to));
}

const FATES: readonly EpisodeFate[] = ['retrospective', 'late', 'live'];

function rankOf(fate: EpisodeFate): number {
  return FATES.indexOf(fate);
}

function higher(a: Severity, b: Severity): Severity {
  return SEVERITIES[Math.max(SEVERITIES.indexOf(a), SEVERITIES.indexOf(b))]!;
}
