// What people do with an alert: take it over, put it off, close it. Each holds the alert's key, so that it can't cross with a signal or a
// timer, and gives the same answer when it is sent twice.
import type { Pool, PoolClient } from 'pg';
import { advanceAlert } from '../../domain/alerts/advance-alert.ts';
import { type AlertEvent, OUTCOMES, type Outcome } from '../../domain/alerts/alert-life.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { inTransaction } from '../in-transaction.ts';
import { invalid, notFound, Refusal } from '../registry/refusal.ts';
import type { Vault } from '../registry/vault.ts';
import type { AlertRecord } from './alert-record.ts';
import { type ListedAlert, readListedAlert } from './list-alerts.ts';
import { noteIn } from './note-place.ts';
import { readAlertForChange } from './read-alert.ts';
import { saveAlerts } from './save-alert.ts';
import { appendTimeline, type TimelineEntry } from './timeline.ts';

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

interface Command {
  readonly event: AlertEvent;
  readonly entry: Pick<TimelineEntry, 'event' | 'reason' | 'detail'>;
  readonly note?: string | undefined;
}

export function createAlertCommands({ pool, vault, now }: AlertCommandsDeps): AlertCommands {
  /** `command` answers undefined where the alert is already as it was asked to be. */
  async function give(
    alertId: string,
    userId: string,
    command: (alert: AlertRecord, at: number) => Command | undefined,
  ): Promise<ListedAlert> {
    return inTransaction(pool, async (tx) => {
      const before = await readAlertForChange(tx, alertId);
      if (!before) throw notFound('alert');
      const at = now();
      const given = command(before, at);
      if (given) await carryOut(tx, before, given, userId, at);
      const after = await readListedAlert(tx, alertId);
      if (!after) throw notFound('alert');
      return after;
    });
  }

  async function carryOut(
    tx: PoolClient,
    before: AlertRecord,
    { event, entry, note }: Command,
    userId: string,
    at: number,
  ) {
    const { alert, effects, reason } = advanceAlert(before, event);
    if (reason === 'already_closed') refuse(before);
    if (effects.length === 0) return;
    const { alertId } = alert;
    // Alerting looks at it at once: timers change, and followers are told of the end.
    // Whoever takes it over has not been reminded yet, whoever owned it before.
    const ownerRemindedAt = event.type === 'acknowledge' ? undefined : alert.ownerRemindedAt;
    await saveAlerts(tx, [{ ...alert, ownerRemindedAt, dueAt: at, dueReason: 'command' }]);
    const sealed = note ? vault.seal(note, noteIn(alertId)) : undefined;
    await appendTimeline(tx, [{ ...entry, alertId, at, userId, note: sealed }]);
  }

  return {
    acknowledge: (alertId, userId, note) =>
      give(alertId, userId, (_before, at) => ({
        event: { type: 'acknowledge', at, by: userId },
        entry: { event: 'acknowledged', reason: 'taken_over' },
        note,
      })),

    snooze: (alertId, userId, until, reason) =>
      give(alertId, userId, (before, at) => {
        if (before.state === 'snoozed' && before.snoozedUntil === until) return undefined;
        // What was urgent waits for a person, also where less is left of it.
        checkSnooze(before.peakSeverity, until, reason, at);
        const entry = { event: 'snoozed', reason: 'put_off', detail: { until } } as const;
        return { event: { type: 'snooze', at, until }, entry, note: reason };
      }),

    resolve: (alertId, userId, outcome, note) =>
      give(alertId, userId, (before, at) => {
        if (!OUTCOMES.includes(outcome))
          throw invalid('outcome', `There is no such outcome: use one of ${OUTCOMES.join(', ')}.`);
        if (before.state === 'resolved' && before.outcome === outcome && before.closedBy === userId) return undefined;
        const event = { type: 'resolve', at, by: userId, outcome } as const;
        return { event, entry: { event: 'resolved', reason: outcome }, note };
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
