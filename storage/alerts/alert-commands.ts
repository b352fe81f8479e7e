// What people do with an alert: take it over, put it off, close it. Each holds the alert's key, so that it can't cross with a signal or a
// timer, and gives the same answer when it is sent twice.
import type { Pool, PoolClient } from 'pg';
import type { Severity } from '../../domain/rules/rule.ts';
import { inTransaction } from '../in-transaction.ts';
import { invalid, notFound, Refusal } from '../registry/refusal.ts';
import type { Vault } from '../registry/vault.ts';
import { acknowledgeAlert, isUnclosed, resolveAlert, snoozeAlert } from './alert-lifecycle.ts';
import type { AlertRecord } from './alert-record.ts';
import { type ListedAlert, readListedAlert } from './list-alerts.ts';
import { noteIn } from './note-place.ts';
import { readAlertForChange } from './read-alert.ts';
import { saveAlerts } from './save-alert.ts';
import { appendTimeline, type TimelineEntry } from './timeline.ts';

export const OUTCOMES = [
  'called',
  'advice_given',
  'drug_changed',
  'visit_arranged',
  'referred',
  'device_fault',
  'false_alarm',
  'no_action',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

const MS_PER_HOUR = 3_600_000;
export const LONGEST_SNOOZE_MS: Readonly<Record<Severity, number>> = {
  emergency: MS_PER_HOUR,
  critical: 4 * MS_PER_HOUR,
  warning: 72 * MS_PER_HOUR,
  info: 30 * 24 * MS_PER_HOUR,
};

/** All throw Refusal: `not_found`, `conflict` where the alert is closed, `invalid` naming the field. All answer the alert as it is then. */
export interface AlertCommands {
  /** Somebody owns it from now on: reminders stop. Owned already, by whomever: nothing changes. */
  acknowledge(alertId: string, userId: string, note?: string | undefined): Promise<ListedAlert>;
  /** @param until epoch ms */
  snooze(alertId: string, userId: string, until: number, reason: string): Promise<ListedAlert>;
  resolve(alertId: string, userId: string, outcome: Outcome, note?: string | undefined): Promise<ListedAlert>;
}

export interface AlertCommandsDeps {
  readonly pool: Pool;
  readonly vault: Pick<Vault, 'seal'>;
  readonly now: () => number;
}

interface Change {
  readonly alert: AlertRecord;
  readonly entry: Pick<TimelineEntry, 'event' | 'reason' | 'detail'>;
  readonly note?: string | undefined;
}

export function createAlertCommands({ pool, vault, now }: AlertCommandsDeps): AlertCommands {
  /** `decide` answers undefined where the alert is already as it was asked to be. */
  async function change(
    alertId: string,
    userId: string,
    decide: (alert: AlertRecord, at: number) => Change | undefined,
  ): Promise<ListedAlert> {
    return inTransaction(pool, async (tx) => {
      const before = await readAlertForChange(tx, alertId);
      if (!before) throw notFound('alert');
      const at = now();
      const made = decide(before, at);
      if (made) await write(tx, made, userId, at);
      const after = await readListedAlert(tx, alertId);
      if (!after) throw notFound('alert');
      return after;
    });
  }

  async function write(tx: PoolClient, { alert, entry, note }: Change, userId: string, at: number): Promise<void> {
    const { alertId } = alert;
    // Alerting looks at it at once: timers change, and followers are told of the end.
    await saveAlerts(tx, [{ ...alert, dueAt: at, dueReason: 'command' }]);
    const sealed = note ? vault.seal(note, noteIn(alertId)) : undefined;
    await appendTimeline(tx, [{ ...entry, alertId, at, userId, note: sealed }]);
  }

  return {
    acknowledge: (alertId, userId, note) =>
      change(alertId, userId, (before, at) => {
        if (before.state === 'acknowledged') return undefined;
        const alert = acknowledgeAlert(before, userId, at) ?? refuse(before);
        return { alert, note, entry: { event: 'acknowledged', reason: 'taken_over' } };
      }),

    snooze: (alertId, userId, until, reason) =>
      change(alertId, userId, (before, at) => {
        if (before.state === 'snoozed' && before.snoozedUntil === until) return undefined;
        if (!isUnclosed(before)) refuse(before);
        checkSnooze(before.severity, until, reason, at);
        const alert = snoozeAlert(before, until) ?? refuse(before);
        return { alert, note: reason, entry: { event: 'snoozed', reason: 'put_off', detail: { until } } };
      }),

    resolve: (alertId, userId, outcome, note) =>
      change(alertId, userId, (before, at) => {
        if (!OUTCOMES.includes(outcome))
          throw invalid('outcome', `There is no such outcome: use one of ${OUTCOMES.join(', ')}.`);
        if (before.state === 'resolved' && before.outcome === outcome && before.closedBy === userId) return undefined;
        const alert = resolveAlert(before, at, { userId, outcome }) ?? refuse(before);
        return { alert, note, entry: { event: 'resolved', reason: outcome } };
      }),
  };
}

function refuse({ state }: AlertRecord): never {
  throw new Refusal('conflict', `The alert is closed (${state}): nothing can be done with it any more.`);
}

function checkSnooze(severity: Severity, until: number, reason: string, now: number): void {
  if (reason.trim() === '') throw invalid('reason', 'A snooze needs a reason that the next person can understand.');
  const longestMs = LONGEST_SNOOZE_MS[severity];
  if (until > now && until <= now + longestMs) return;
  const latest = new Date(now + longestMs).toISOString();
  throw invalid(
    'until',
    `An alert of severity ${severity} can be put off until ${latest} at most, and not into the past.`,
  );
}
