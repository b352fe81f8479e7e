// The handler of a timer: what time alone, a person's command or a change of team has made of an alert. Level-triggered like the
// signals: reviewing twice does nothing twice.
import type { PoolClient } from 'pg';
import { expireAlert, wakeAlert } from '../storage/alerts/alert-lifecycle.ts';
import type { AlertRecord } from '../storage/alerts/alert-record.ts';
import { readPatientCare } from '../storage/alerts/patient-care.ts';
import { readAlert, readAlertForChange, readReasons } from '../storage/alerts/read-alert.ts';
import type { TimelineEntry } from '../storage/alerts/timeline.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { AlertingContext } from './alerting-context.ts';
import { planNext } from './pipeline.ts';
import type { Policy } from './policy.ts';
import { handOver, NOTHING, type Outcome, savePlan } from './save-plan.ts';

export async function reviewAlert(alertId: string, context: AlertingContext): Promise<void> {
  const outcome = await inTransaction(context.pool, (tx) => review(tx, alertId, context));
  await handOver(outcome, context);
}

async function review(tx: PoolClient, alertId: string, context: AlertingContext): Promise<Outcome> {
  const before = await readAlertForChange(tx, alertId);
  if (!before) return NOTHING;
  const now = context.now();
  const passed = passTime(before, now, context.policy);
  const moved = await followPatient(tx, passed.alert, now);
  const { previousAlertId } = before;
  const predecessor = previousAlertId === undefined ? undefined : await readAlert(tx, previousAlertId);
  const plan = await planNext(
    {
      alert: moved.alert,
      reasons: await readReasons(tx, alertId),
      predecessor,
      woke: passed.woke,
      timeline: [...passed.timeline, ...moved.timeline],
      recipients: [],
      notifications: [],
    },
    { ...context, tx, now },
  );
  return savePlan(tx, plan, [], now);
}

interface Passed {
  readonly alert: AlertRecord;
  readonly woke: boolean;
  readonly timeline: readonly TimelineEntry[];
}

function passTime(alert: AlertRecord, now: number, { expireMs }: Policy): Passed {
  const { alertId, signal, clearedAt, snoozedUntil } = alert;
  const expired =
    signal === 'cleared' && clearedAt !== undefined && clearedAt + expireMs <= now && expireAlert(alert, now);
  if (expired)
    return { alert: expired, woke: false, timeline: [{ alertId, at: now, event: 'expired', reason: 'not_reviewed' }] };
  const woken = snoozedUntil !== undefined && snoozedUntil <= now && wakeAlert(alert);
  if (woken)
    return { alert: woken, woke: true, timeline: [{ alertId, at: now, event: 'snooze_ended', reason: 'time_over' }] };
  return { alert, woke: false, timeline: [] };
}

/** An unclosed alert goes to whichever team is responsible now; that team has not been told of it yet. */
async function followPatient(
  tx: PoolClient,
  alert: AlertRecord,
  now: number,
): Promise<{ readonly alert: AlertRecord; readonly timeline: readonly TimelineEntry[] }> {
  const teamId = (await readPatientCare(tx, alert.patientKey, now))?.teamId;
  if (teamId === undefined || teamId === alert.teamId || alert.closedAt !== undefined) return { alert, timeline: [] };
  const untold = { announcedKind: undefined, announcedSeverity: undefined, announcedAt: undefined };
  const entry = { alertId: alert.alertId, at: now, event: 'moved_to_team', reason: 'responsibility_changed' } as const;
  return { alert: { ...alert, ...untold, teamId }, timeline: [{ ...entry, detail: { teamId } }] };
}
