// Alerts that are only looked up: episodes that were over before anybody could be told, dated when they happened and never sent, and
// those that turned out never to have been.
import type { PoolClient } from 'pg';
import type { AlertKey, AlertReason, AlertRecord } from '../storage/alerts/alert-record.ts';
import { readAlert } from '../storage/alerts/read-alert.ts';
import { saveAlerts, saveReasons } from '../storage/alerts/save-alert.ts';
import { appendTimeline, type TimelineEntry } from '../storage/alerts/timeline.ts';
import type { MergedEpisodes } from './merge-episodes.ts';
import { newAlert } from './move-alert.ts';
import type { Outcome } from './save-plan.ts';

export async function saveListings(
  tx: PoolClient,
  key: AlertKey,
  { listed, withdrawnListings }: MergedEpisodes,
  teamId: string | undefined,
  now: number,
): Promise<Outcome> {
  const alerts: AlertRecord[] = [];
  const reasons: AlertReason[] = [];
  const timeline: TimelineEntry[] = [];
  for (const { episode, reason } of listed) {
    const { ruleId, episodeId, severity, startAt, completedAt, endAt, explanation, evidence } = episode;
    const opened = newAlert(key, severity, { teamId, previousAlertId: undefined, at: completedAt });
    const { alertId } = opened;
    alerts.push({ ...opened, state: 'retrospective', signal: 'cleared', clearedAt: endAt, closedAt: now });
    const spanned = { episodeStartAt: startAt, episodeEndAt: endAt, joinedAt: now, clearedAt: now };
    reasons.push({ alertId, ruleId, episodeId, severity, firing: false, ...spanned, explanation, evidence });
    timeline.push({ alertId, at: now, event: 'listed', reason, detail: { ruleId, severity } });
  }
  await saveAlerts(tx, alerts);
  await saveReasons(tx, reasons);
  await appendTimeline(tx, timeline);
  for (const alertId of withdrawnListings) await withdraw(tx, alertId, now);
  return { notifications: [], opened: alerts.map(({ severity, state }) => ({ severity, state })) };
}

async function withdraw(tx: PoolClient, alertId: string, now: number): Promise<void> {
  const alert = await readAlert(tx, alertId);
  if (!alert || alert.withdrawnAt !== undefined) return;
  await saveAlerts(tx, [{ ...alert, withdrawnAt: now }]);
  await appendTimeline(tx, [{ alertId, at: now, event: 'withdrawn', reason: 'episode_withdrawn' }]);
}
