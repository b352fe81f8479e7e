// What every rule says of a patient at an instant, derived anew from what is stored now and what held then; nothing is written.
// Promise: at the present instant it is what ingest says: what was decided stays decided, what lies before the window is as persisted.
import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import { localDayOf } from '../../domain/local-day.ts';
import type { JudgingRule, PatientProfile, PatientWindow, RuleDescription } from '../../domain/rules/rule.ts';
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
import { readFirstSeen } from '../signals/read-first-seen.ts';
import { readSignals } from '../signals/read-signals.ts';
import { historyUpTo } from './history-up-to.ts';
import { type Judged, judgeKnown } from './judge-known.ts';

export interface JudgeAtDeps {
  readonly pool: Pool;
  readonly db: Kysely<Database>;
  readonly timeSeries: Pick<TimeSeries, 'read'>;
  /** A rule that throws keeps no other from being asked; it says `unknown`, for the reason `rule_failed`. */
  readonly onRuleBug: (rule: RuleDescription, error: unknown) => void;
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
  const knownFrom = Math.min(from, weeks?.from ?? from);
  const [signals, firstSeenAt] = await Promise.all([
    readSignals(pool, [patientKey], knownFrom).then((ofPatients) => ofPatients.get(patientKey)),
    readFirstSeen(pool, patientKey, knownFrom),
  ]);

  const windowOf = (stored: readonly StoredReading[]) =>
    patientWindow({ from, stored, deviceEvents, earlierCgmAt }, patient);
  const receivedBy = (instant: number) => readings.filter(({ reading }) => reading.receivedAt <= instant);
  const inTime = receivedBy(at);
  const all = windowOf(readings);
  const then = inTime.length === readings.length ? undefined : windowOf(inTime);
  const judgeBy = <W extends Stretch>(rule: JudgingRule<W>, window: W, windowReceivedBy: (instant: number) => W) => {
    const known = { signal: signals?.get(rule.id), firstSeenAt };
    try {
      return judgeKnown({ rule, window, windowReceivedBy, profile, at, known });
    } catch (error) {
      deps.onRuleBug(rule, error);
      return { verdict: 'unknown', explanation: { reason: 'rule_failed', thresholds: rule.thresholds } } as const;
    }
  };
  const judgeWindow = (rule: JudgingRule<PatientWindow>, window: PatientWindow): Judged =>
    judgeBy(rule, window, (instant) => windowOf(receivedBy(instant)));
  const ofTwoDays = rules.window.map((rule) => ({
    rule,
    judged: judgeWindow(rule, all),
    asReceived: then && judgeWindow(rule, then),
  }));
  const history = weeks && historyUpTo(weeks, at, timeZone, all.cgm);
  // Of weeks nothing is decided by when a reading came.
  const ofWeeks = history ? rules.history.map((rule) => ({ rule, judged: judgeBy(rule, history, () => history) })) : [];
  return {
    from,
    verdicts: [...ofTwoDays, ...ofWeeks],
    readings,
    receivedLater: readings.length - inTime.length,
  };
}

type Stretch = Pick<PatientWindow, 'from' | 'to'>;

/** Treatments and plans are dated: rules look at those of their time. What was reported later, nobody knew. */
function profileAt(profile: PatientProfile, at: number): PatientProfile {
  return { ...profile, symptoms: profile.symptoms.filter((symptom) => symptom.at <= at) };
}
