// What every rule says of a patient at an instant, derived anew from what is stored now and what held then; nothing is written.
// Promise: at the present instant it is what ingest says, with what lies before the window as it was persisted.
import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import { localDayOf } from '../../domain/local-day.ts';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type {
  Episode,
  Evaluation,
  JudgingRule,
  PatientProfile,
  PatientWindow,
  RuleDescription,
} from '../../domain/rules/rule.ts';
import { createRuleSet, usableOverrides } from '../../domain/rules/rule-set.ts';
import type { Database } from '../database-schema.ts';
import type { StoredReading, TimeSeries } from '../ports/time-series.ts';
import { readPatientHistories } from '../readings/read-patient-history.ts';
import {
  lastCgmBefore,
  patientWindow,
  readDeviceEventsOf,
  readStretch,
  twoDaysUpTo,
} from '../readings/read-patient-window.ts';
import type { PatientEntry } from '../registry/patient-profiles.ts';
import { readPatientRules, readTeamRulesOf } from '../registry/read-rule-overrides.ts';
import { readSignals } from '../signals/read-signals.ts';
import { historyUpTo } from './history-up-to.ts';

export interface JudgeAtDeps {
  readonly pool: Pool;
  readonly db: Kysely<Database>;
  readonly timeSeries: Pick<TimeSeries, 'read'>;
  /** A rule that throws keeps no other from being asked; it says `unknown`, for the reason `rule_failed`. */
  readonly onRuleBug: (rule: RuleDescription, error: unknown) => void;
}

export interface Judged extends Pick<Evaluation, 'verdict' | 'severity' | 'explanation'> {
  /** The newest that began by then. */
  readonly episode?: Episode | undefined;
}

export interface RuleVerdict {
  readonly rule: RuleDescription;
  readonly judged: Judged;
  /** What could be known of it then; absent where nothing came later that lies before. Of rules of two days. */
  readonly asReceived?: Judged | undefined;
}

export interface VerdictsAt {
  /** Epoch ms: where the window of the rules of two days begins. */
  readonly from: number;
  /** In the order of the catalogues. */
  readonly verdicts: readonly RuleVerdict[];
  /** Of the window, ascending in measured time. */
  readonly readings: readonly StoredReading[];
  /** Of them, those that were received only after `at`. */
  readonly receivedLater: number;
}

/** @param at epoch ms, not in the future */
export async function judgeAt(deps: JudgeAtDeps, patient: PatientEntry, at: number): Promise<VerdictsAt> {
  const { db, pool } = deps;
  const { patientKey } = patient;
  const { timeZone } = patient.profile;
  const { from, to } = twoDaysUpTo(at, timeZone);
  const [team, own] = await Promise.all([readTeamRulesOf(db, patientKey, at), readPatientRules(db, patientKey, at)]);
  const rules = createRuleSet(usableOverrides(team.thresholds), usableOverrides(own.thresholds));
  const profile = profileAt(patient.profile, at);
  const entry = { ...patient, rules, profile };
  const [readings, deviceEvents, earlierCgmAt, weeks] = await Promise.all([
    readStretch(deps, patient, { from, to }),
    readDeviceEventsOf(pool, patient, { from, to }),
    lastCgmBefore(pool, patientKey, localDayOf(from, timeZone)),
    readPatientHistories(deps, [entry], at).then((histories) => histories.get(patientKey)),
  ]);
  const known = (await readSignals(pool, [patientKey], Math.min(from, weeks?.from ?? from))).get(patientKey);
  const before = ({ id, leadMs = 0 }: RuleDescription, since: number) => episodesAt(known?.get(id), since + leadMs, at);

  const inTime = readings.filter(({ reading }) => reading.receivedAt <= at);
  const parts = { from, deviceEvents, earlierCgmAt };
  const all = patientWindow({ ...parts, stored: readings }, patient);
  const then = inTime.length === readings.length ? undefined : patientWindow({ ...parts, stored: inTime }, patient);
  const judgeBy = <W extends Stretch>(rule: JudgingRule<W>, window: W): Judged => {
    try {
      return judge(rule, window, profile, at, before(rule, window.from));
    } catch (error) {
      deps.onRuleBug(rule, error);
      return { verdict: 'unknown', explanation: { reason: 'rule_failed', thresholds: rule.thresholds } };
    }
  };
  const ofTwoDays = rules.window.map((rule) => ({
    rule,
    judged: judgeBy(rule, all),
    asReceived: then && judgeBy(rule, then),
  }));
  const history = weeks && historyUpTo(weeks, at, timeZone, all.cgm);
  const ofWeeks = history ? rules.history.map((rule) => ({ rule, judged: judgeBy(rule, history) })) : [];
  return {
    from,
    verdicts: [...ofTwoDays, ...ofWeeks],
    readings,
    receivedLater: readings.length - inTime.length,
  };
}

type Stretch = Pick<PatientWindow, 'from' | 'to'>;

function judge<W extends Stretch>(
  rule: JudgingRule<W>,
  window: W,
  profile: PatientProfile,
  now: number,
  persisted: PersistedSignal,
): Judged {
  let ids = 0;
  const newId = () => String(++ids);
  const { evaluation, difference } = deriveSignal({ rule, window, profile, now, persisted, newId });
  const told = difference.isChanged ? difference : evaluation;
  const open = persisted.episodes.find(({ endAt }) => endAt === undefined);
  const ended = difference.update.find(({ episodeId }) => episodeId === open?.episodeId);
  const { verdict, severity, explanation } = told;
  return { verdict, severity, explanation, episode: evaluation.episodes.at(-1) ?? ended ?? open };
}

/** What was known of the time before the window, as it stood at `at`: what ended later was open. */
function episodesAt(signal: PersistedSignal | undefined, from: number, at: number): PersistedSignal {
  const episodes = (signal?.episodes ?? [])
    .filter(({ startAt }) => startAt < from)
    .map(({ endAt, ...episode }) => (endAt === undefined || endAt > at ? episode : { ...episode, endAt }));
  return { ...NO_SIGNAL, episodes };
}

/** Treatments and plans are dated: rules look at those of their time. What was reported later, nobody knew. */
function profileAt(profile: PatientProfile, at: number): PatientProfile {
  return { ...profile, symptoms: profile.symptoms.filter((symptom) => symptom.at <= at) };
}
