// A trial of a team's alerting: an alert that goes the whole way marked as a test. Alerting finds it due, as it finds any other.
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Condition, Direction, Severity } from '../../domain/rules/rule.ts';
import { inTransaction } from '../in-transaction.ts';
import { Refusal } from '../registry/refusal.ts';
import { NOBODY } from './alert-record.ts';
import { type ListedAlert, readListedAlert } from './list-alerts.ts';
import type { Queryable } from './queryable.ts';
import { saveAlerts } from './save-alert.ts';
import { appendTimeline } from './timeline.ts';

/** Enough to try several ways at once; more would be a way to page people without end. */
export const MAX_UNCLOSED_TESTS = 5;

/** Closed ones, too: whoever closes each would page people as often as they like. */
export const MAX_TESTS_AN_HOUR = 20;
const HOUR_MS = 60 * 60_000;

export interface NewTestAlert {
  readonly teamId: string;
  /** Absent: for nobody in particular. */
  readonly patientKey?: number | undefined;
  readonly severity: Severity;
  readonly condition: Condition;
  readonly direction: Direction;
  /** Whether patient and carers are told, too. */
  readonly includePatient: boolean;
  /** Who asked for it. */
  readonly userId: string;
}

/** Throws Refusal `conflict` while the team has too many that aren't closed, `too_many_attempts` after too many within an hour. */
export async function openTestAlert(pool: Pool, test: NewTestAlert, now: number): Promise<ListedAlert> {
  const { teamId, patientKey = NOBODY, severity, condition, direction, includePatient, userId } = test;
  return inTransaction(pool, async (tx) => {
    // Two who ask at once are counted one after the other.
    await tx.query('select 1 from teams where team_id = $1 for update', [teamId]);
    await checkLimits(tx, teamId, now);
    const alertId = uuidv7();
    await saveAlerts(tx, [
      {
        ...{ alertId, teamId, patientKey, condition, direction, severity, peakSeverity: severity },
        state: 'open',
        signal: 'firing',
        openedAt: now,
        firedAt: now,
        occurrence: 1,
        reminders: 0,
        dueAt: now,
        dueReason: 'test_asked_for',
        test: true,
        testIncludesPatient: includePatient,
        version: 0,
      },
    ]);
    await appendTimeline(tx, [
      { alertId, at: now, event: 'opened', reason: 'test_asked_for', userId, detail: { severity } },
    ]);
    const opened = await readListedAlert(tx, alertId);
    if (!opened) throw new Error('a test that was just written is not there');
    return opened;
  });
}

async function checkLimits(tx: Queryable, teamId: string, now: number): Promise<void> {
  // By either of the indexes of a team's alerts: what was opened within the hour is open, or was closed within it.
  const { rows } = await tx.query<{ openedAt: number; isUnclosed: boolean }>(
    `select opened_at as "openedAt", closed_at is null as "isUnclosed" from alerts
     where team_id = $1 and test and (state in ('open', 'acknowledged', 'snoozed') or closed_at > $2) order by opened_at`,
    [teamId, now - HOUR_MS],
  );
  if (rows.filter(({ isUnclosed }) => isUnclosed).length >= MAX_UNCLOSED_TESTS)
    throw new Refusal(
      'conflict',
      `The team has ${MAX_UNCLOSED_TESTS} tests that are not closed: close one of them with an outcome first, or wait until they end by themselves.`,
    );
  const lately = rows.filter(({ openedAt }) => openedAt > now - HOUR_MS);
  const oldest = lately.at(-MAX_TESTS_AN_HOUR);
  if (oldest === undefined) return;
  const detail = `The team was tested ${MAX_TESTS_AN_HOUR} times within an hour: wait, or ask POST /routes/test, which tells nobody.`;
  throw new Refusal('too_many_attempts', detail, { retryAfterMs: oldest.openedAt + HOUR_MS - now });
}
