// The handler of a nudge: what the rules say of a patient becomes alerts, reasons, timeline and notifications, in one transaction for
// each (condition, direction). Promise: the newest state counts; order, repetition and loss of nudges don't matter.
import type { PoolClient } from 'pg';
import type { Direction } from '../domain/rules/rule.ts';
import type { AlertKey, AlertRecord } from '../storage/alerts/alert-record.ts';
import { lockAlertKey } from '../storage/alerts/lock-alert-key.ts';
import { dropUnsentNotifications, readTold } from '../storage/alerts/notification-log.ts';
import { readSituation, type Situation } from '../storage/alerts/read-situation.ts';
import {
  type ChangedEpisode,
  markApplied,
  readSignalChanges,
  readUnappliedKeys,
} from '../storage/alerts/signal-changes.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { AlertingContext } from './alerting-context.ts';
import { endClosedReasons } from './end-closed-reasons.ts';
import { mergeEpisodes } from './merge-episodes.ts';
import { moveAlert } from './move-alert.ts';
import { planNext } from './pipeline.ts';
import { requestRepeats } from './request-repeat.ts';
import { saveListings } from './save-listings.ts';
import { handOver, NOTHING, type Outcome, savePlan } from './save-plan.ts';

// A low is dealt with before everything else, so that nothing about a high can delay it (promise 6).
const DIRECTIONS: readonly Direction[] = ['low', 'high', 'none'];

/** Throws what failed after all directions had their turn: the failure of one never costs another. */
export async function applySignals(patientKey: number, context: AlertingContext): Promise<void> {
  const keys = await readUnappliedKeys(context.pool, patientKey);
  const failures: unknown[] = [];
  for (const key of keys.toSorted((a, b) => DIRECTIONS.indexOf(a.direction) - DIRECTIONS.indexOf(b.direction))) {
    try {
      const outcome = await inTransaction(context.pool, (tx) => applyKey(tx, key, context));
      handOver(outcome, context);
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, 'several conditions of one patient failed');
}

async function applyKey(tx: PoolClient, key: AlertKey, context: AlertingContext): Promise<Outcome> {
  await lockAlertKey(tx, key);
  const signals = await readSignalChanges(tx, key);
  if (signals.length === 0) return NOTHING;
  const now = context.now();
  const situation = await readSituation(tx, key, now);
  const episodes = signals.flatMap((signal) => signal.episodes);
  // Nothing is opened for a patient who is erased; what was said of them is settled all the same.
  const outcome = situation ? await applyEpisodes(tx, key, situation, episodes, now, context) : NOTHING;
  const { patientKey } = key;
  const repeats = situation
    ? await requestRepeats(tx, { patientKey, teamId: situation.teamId }, signals, context, now)
    : [];
  await markApplied(tx, patientKey, signals);
  return { ...outcome, notifications: [...outcome.notifications, ...repeats] };
}

async function applyEpisodes(
  tx: PoolClient,
  key: AlertKey,
  { unclosed: before, reasons, previousAlertId, teamId }: Situation,
  changed: readonly ChangedEpisode[],
  now: number,
  context: AlertingContext,
): Promise<Outcome> {
  const merged = mergeEpisodes(before && reasons, changed, now);
  await endClosedReasons(tx, merged, now);
  const listed = await saveListings(tx, key, merged, teamId, now);
  if (merged.notes.length === 0) return listed;

  const isFiring = merged.reasons.some(({ firing }) => firing);
  const wasTold = before !== undefined && (isFiring || (await stopPages(tx, before, now)));
  const moved = moveAlert({ key, before, merged, teamId, previousAlertId, wasTold, now });
  if (!moved) return listed;
  const { alert, timeline } = moved;
  const start = { alert, reasons: merged.reasons, timeline, recipients: [], notifications: [] };
  const plan = await planNext(start, { ...context, tx, now });
  const drafts = merged.notes.map(({ draft }) => draft);
  const saved = await savePlan(tx, plan, drafts, now);
  return { notifications: saved.notifications, opened: [...listed.opened, ...saved.opened] };
}

/** Pages that nobody has begun to send are not sent any more. Answers whether somebody was told, or could not be for want of contacts. */
async function stopPages(tx: PoolClient, { alertId, told }: AlertRecord, now: number): Promise<boolean> {
  if (told === undefined) return false;
  await dropUnsentNotifications(tx, alertId, 'cleared_before_sending', now);
  const recipients = await readTold(tx, alertId);
  return (
    recipients.length === 0 ||
    recipients.some((each) => each.status !== 'skipped' || each.unanswered > 0 || each.isWithheld)
  );
}
