// The handler of a timer: what time alone, a person's command or a change of team has made of an alert. Level-triggered like the
// signals: reviewing twice does nothing twice.
import type { PoolClient } from 'pg';
import { type AdvancedAlert, advanceAlert, isClosed } from '../domain/alerts/advance-alert.ts';
import { EXPIRES_AFTER_MS, TEST_LASTS_MS } from '../domain/alerts/alert-life.ts';
import { changeTeam, type EndedByChange } from '../domain/alerts/change-team.ts';
import { resumeEscalation } from '../domain/alerts/escalation.ts';
import type { AlertRecord } from '../storage/alerts/alert-record.ts';
import { isMemberOf } from '../storage/alerts/is-member-of.ts';
import { readAlertForChange, readReasons, readResponsibleTeam } from '../storage/alerts/read-alert.ts';
import { readSnoozer } from '../storage/alerts/read-snoozer.ts';
import type { TimelineEntry } from '../storage/alerts/timeline.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { AlertingContext } from './alerting-context.ts';
import { planNext } from './pipeline.ts';
import { handOver, NOTHING, type Outcome, savePlan } from './save-plan.ts';

export async function reviewAlert(alertId: string, context: AlertingContext): Promise<void> {
  const outcome = await inTransaction(context.pool, (tx) => review(tx, alertId, context));
  handOver(outcome, context);
}

async function review(tx: PoolClient, alertId: string, context: AlertingContext): Promise<Outcome> {
  const before = await readAlertForChange(tx, alertId);
  if (!before) return NOTHING;
  const now = context.now();
  const passed = passTime(before, now);
  const moved = await followPatient(tx, passed?.alert ?? before, now);
  const isDue = before.dueAt !== undefined && before.dueAt <= now;
  // Another process was here first.
  if (!isDue && !passed && moved.timeline.length === 0) return NOTHING;
  const plan = await planNext(
    {
      alert: moved.alert,
      reasons: await readReasons(tx, alertId),
      pageNow: passed?.effects.includes('page'),
      timeline: [...(passed ? entriesOf(passed, now) : []), ...moved.timeline],
      recipients: [],
      notifications: [],
    },
    { ...context, tx, now },
  );
  return savePlan(tx, plan, [], now);
}

/** What time has made of it; undefined: nothing. */
function passTime(alert: AlertRecord, at: number): AdvancedAlert<AlertRecord> | undefined {
  const { signal, clearedAt = at, snoozedUntil, dueAt, dueReason } = alert;
  if (alert.test && !isClosed(alert) && alert.openedAt + TEST_LASTS_MS <= at)
    return advanceAlert(alert, { type: 'test_ended', at });
  const isOver = !isClosed(alert) && signal === 'cleared' && clearedAt + EXPIRES_AFTER_MS <= at;
  if (isOver) return advanceAlert(alert, { type: 'expire', at });
  const lapses =
    alert.state === 'acknowledged' && dueReason === 'acknowledgement_lapses' && dueAt !== undefined && dueAt <= at;
  if (lapses) return advanceAlert(alert, { type: 'acknowledgement_lapsed', at });
  const wakes = alert.state === 'snoozed' && snoozedUntil !== undefined && snoozedUntil <= at;
  if (!wakes) return undefined;
  const woken = advanceAlert(alert, { type: 'snooze_ended', at });
  const escalation = alert.escalation && resumeEscalation(alert.escalation, at);
  return { ...woken, alert: { ...woken.alert, escalation } };
}

function entriesOf(
  { alert: { alertId, state }, effects, reason }: AdvancedAlert<AlertRecord>,
  at: number,
): TimelineEntry[] {
  const event =
    state === 'expired' ? 'expired' : reason === 'no_outcome_given' ? 'acknowledgement_lapsed' : 'snooze_ended';
  const closing = { alertId, at, event: 'resolved', reason: 'cleared_by_itself' } as const;
  return [{ alertId, at, event, reason }, ...(effects.includes('resolve_itself') ? [closing] : [])];
}

/** An unclosed alert goes to whichever team is responsible now, which is told anew of what fires. */
async function followPatient(
  tx: PoolClient,
  alert: AlertRecord,
  now: number,
): Promise<{ readonly alert: AlertRecord; readonly timeline: readonly TimelineEntry[] }> {
  const { alertId, patientKey, acknowledgedBy } = alert;
  // A test is of the team that asked for it.
  const teamId = isClosed(alert) || alert.test ? undefined : await readResponsibleTeam(tx, patientKey, now);
  if (teamId === undefined || teamId === alert.teamId) return { alert, timeline: [] };
  const snoozedBy = alert.state === 'snoozed' ? await readSnoozer(tx, alertId) : undefined;
  const isOwnerThere = await isMemberOf(tx, teamId, acknowledgedBy);
  const isSnoozerThere = await isMemberOf(tx, teamId, snoozedBy);
  const { alert: changed, ended, resolvesItself } = changeTeam(alert, { isOwnerThere, isSnoozerThere }, now);
  const entry = { alertId, at: now };
  const timeline: TimelineEntry[] = [
    { ...entry, event: 'moved_to_team', reason: 'responsibility_changed', detail: { teamId } },
    ...ended.map((event) => ({ ...entry, event, reason: WHY_ENDED[event] })),
  ];
  if (resolvesItself) timeline.push({ ...entry, event: 'resolved', reason: 'cleared_by_itself' });
  const reminders = alert.signal === 'firing' ? 0 : alert.reminders;
  return { alert: { ...changed, teamId, reminders }, timeline };
}

const WHY_ENDED = {
  snooze_ended: 'snoozed_by_another_team',
  acknowledgement_lapsed: 'owner_in_another_team',
} as const satisfies Record<EndedByChange, string>;
