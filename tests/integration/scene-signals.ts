// Signals of a scene's patients, written as ingest writes them: a transaction, then the nudges.
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Episode, EpisodeFate, EvidenceReading, Severity, Verdict } from '../../domain/rules/rule.ts';
import { windowRuleById } from '../../domain/rules/rule-catalogue.ts';
import { inTransaction } from '../../storage/in-transaction.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import { nudgesOf } from '../../storage/signals/hand-over.ts';
import { type SignalChange, writeSignals } from '../../storage/signals/write-signals.ts';

const MINUTE_MS = 60_000;

export interface Firing {
  readonly severity?: Severity;
  readonly fate?: EpisodeFate;
  /** Over already when it is first heard of. */
  readonly over?: boolean;
  readonly reason?: string;
  readonly stage?: number;
  readonly evidence?: readonly EvidenceReading[];
  readonly episodeId?: string;
  /** When a reading that arrived in time last showed it; absent: as it completed. */
  readonly freshAt?: number;
}

export interface SignalOptions {
  readonly patientKey?: number;
  readonly nudge?: boolean;
}

export interface SceneSignals {
  /** Answers the episode. `nudge: false` leaves it to the reconciler. */
  fire(ruleId: string, firing?: Firing, options?: SignalOptions): Promise<string>;
  /** The open episode of a rule has come to a stage. */
  stage(ruleId: string, stage: number, severity?: Severity, options?: SignalOptions): Promise<void>;
  /** Ends the open episode of a rule. */
  recover(ruleId: string, options?: SignalOptions): Promise<void>;
  withdraw(ruleId: string, options?: SignalOptions): Promise<void>;
  /** Late data shows that the open episode is part of an older one; answers that one. */
  join(ruleId: string, options?: SignalOptions): Promise<string>;
  say(
    ruleId: string,
    verdict: Verdict,
    extra: { readonly reason: string; readonly deadlineAt?: number },
  ): Promise<void>;
  /** A batch as ingest writes it: one transaction, then the nudges. Answers when it was committed, epoch ms by the real clock. */
  hand(changes: readonly SignalChange[]): Promise<number>;
}

export interface SceneSignalsDeps {
  readonly pool: Pool;
  readonly nudges: Pick<JobQueue, 'add'>;
  readonly now: () => number;
  /** Whom it is about where nothing else is said. */
  readonly patientKey: number;
}

export function createSceneSignals({ pool, nudges, now, patientKey }: SceneSignalsDeps): SceneSignals {
  const versions = new Map<string, number>();
  const open = new Map<
    string,
    Pick<Episode, 'startAt' | 'severity' | 'fate' | 'freshAt'> & { readonly episodeId: string; readonly reason: string }
  >();

  async function write(
    ruleId: string,
    { patientKey: of = patientKey, nudge = true }: SignalOptions,
    made: Partial<SignalChange['difference']> & { readonly verdict: Verdict; readonly reason: string },
  ): Promise<void> {
    const rule = windowRuleById(ruleId);
    if (!rule) throw new Error(`there is no rule ${ruleId}`);
    const key = `${of} ${ruleId}`;
    const version = (versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    const { reason, ...given } = made;
    const explanation = { reason, thresholds: rule.thresholds };
    const none = { insert: [], update: [], withdraw: [] };
    const difference = { ...none, explanation, ...given, version, isChanged: true };
    await hand([{ patientKey: of, rule, difference, isNews: true }], nudge);
  }

  async function hand(changes: readonly SignalChange[], nudge: boolean): Promise<number> {
    await inTransaction(pool, (tx) => writeSignals(tx, changes, now()));
    const committedAt = Date.now();
    if (nudge) await nudges.add(nudgesOf(changes.filter(({ isNews }) => isNews)));
    return committedAt;
  }

  function openEpisodeOf(ruleId: string, { patientKey: of = patientKey }: SignalOptions) {
    const key = `${of} ${ruleId}`;
    const episode = open.get(key);
    if (!episode) throw new Error(`${ruleId} does not fire`);
    return { key, episode };
  }

  return {
    async fire(ruleId, firing = {}, options = {}) {
      const {
        severity = 'critical',
        fate = 'live',
        over = false,
        reason = 'below_line',
        stage,
        evidence = [],
      } = firing;
      const episodeId = firing.episodeId ?? uuidv7();
      const startAt = now() - 10 * MINUTE_MS;
      const explanation = { reason, thresholds: {}, ...(stage === undefined ? {} : { stage }) };
      const completedAt = startAt + 5 * MINUTE_MS;
      const end = over ? { endAt: now() - MINUTE_MS } : {};
      const fresh = fate === 'live' ? { freshAt: firing.freshAt ?? completedAt } : {};
      const episode = { episodeId, startAt, completedAt, ...end, ...fresh, severity, fate, evidence, explanation };
      const isAlarm = !over && fate !== 'retrospective';
      if (isAlarm)
        open.set(`${options.patientKey ?? patientKey} ${ruleId}`, {
          episodeId,
          startAt,
          severity,
          fate,
          ...fresh,
          reason,
        });
      const verdict = isAlarm ? 'firing' : 'clear';
      await write(ruleId, options, {
        verdict,
        severity: isAlarm ? severity : undefined,
        episodeId,
        insert: [episode],
        reason,
      });
      return episodeId;
    },
    async stage(ruleId, stage, severity, options = {}) {
      const { key, episode } = openEpisodeOf(ruleId, options);
      const { reason, ...rest } = { ...episode, severity: severity ?? episode.severity };
      open.set(key, { reason, ...rest });
      const explanation = { reason, thresholds: {}, stage };
      const update = [{ ...rest, completedAt: rest.startAt, evidence: [], explanation }];
      await write(ruleId, options, {
        verdict: 'firing',
        severity: rest.severity,
        episodeId: rest.episodeId,
        update,
        reason,
      });
    },
    async recover(ruleId, options = {}) {
      const { key, episode } = openEpisodeOf(ruleId, options);
      open.delete(key);
      const { reason, ...rest } = episode;
      const ended = {
        ...rest,
        completedAt: rest.startAt,
        endAt: now(),
        evidence: [],
        explanation: { reason, thresholds: {} },
      };
      await write(ruleId, options, { verdict: 'clear', update: [ended], reason: 'recovered' });
    },
    async withdraw(ruleId, options = {}) {
      const { key, episode } = openEpisodeOf(ruleId, options);
      open.delete(key);
      await write(ruleId, options, {
        verdict: 'clear',
        withdraw: [{ episodeId: episode.episodeId }],
        reason: 'recovered',
      });
    },
    async join(ruleId, options = {}) {
      const { key, episode: younger } = openEpisodeOf(ruleId, options);
      const { reason, ...rest } = younger;
      const episodeId = uuidv7();
      const older = { ...younger, episodeId, startAt: rest.startAt - 60 * MINUTE_MS };
      open.set(key, older);
      const explanation = { reason, thresholds: {} };
      const { reason: _, ...spanned } = older;
      const episode = { ...spanned, completedAt: older.startAt, evidence: [], explanation };
      await write(ruleId, options, {
        verdict: 'firing',
        severity: rest.severity,
        episodeId,
        insert: [episode],
        withdraw: [{ episodeId: rest.episodeId, joinedTo: episodeId }],
        reason,
      });
      return episodeId;
    },
    say: (ruleId, verdict, { reason, deadlineAt }) =>
      write(ruleId, {}, { verdict, severity: 'critical', reason, deadlineAt }),
    hand: (changes) => hand(changes, true),
  };
}
