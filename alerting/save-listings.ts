// Alerts that are only looked up: episodes that were over before anybody could be told, and those that turned out never to have been.
import type { PoolClient } from 'pg';
import { isUnclosed } from '../storage/alerts/alert-lifecycle.ts';
import type { AlertKey, AlertRecord } from '../storage/alerts/alert-record.ts';
import { readAlert } from '../storage/alerts/read-alert.ts';
import { saveAlerts, saveReasons } from '../storage/alerts/save-alert.ts';
import { appendTimeline } from '../storage/alerts/timeline.ts';
import type { MergedEpisodes } from './merge-episodes.ts';
import { listEpisode } from './move-alert.ts';
import type { Outcome } from './save-plan.ts';

export async function saveListings(
  tx: PoolClient,
  key: AlertKey,
  { listed, withdrawnListings }: MergedEpisodes,
  teamId: string | undefined,
  now: number,
): Promise<Outcome> {
  const made = listed.map((each) => listEpisode(key, each, teamId, now));
  await saveAlerts(
    tx,
    made.map(({ alert }) => alert),
  );
  await saveReasons(
    tx,
    made.map(({ reason }) => reason),
  );
  await appendTimeline(
    tx,
    made.flatMap(({ timeline }) => timeline),
  );
  for (const alertId of withdrawnListings) await withdraw(tx, await readAlert(tx, alertId), now);
  return { notifications: [], opened: made.map(({ alert: { severity, state } }) => ({ severity, state })) };
}

async function withdraw(tx: PoolClient, alert: AlertRecord | undefined, now: number): Promise<void> {
  if (!alert || isUnclosed(alert)) return;
  await saveAlerts(tx, [{ ...alert, state: 'resolved', outcome: 'withdrawn', closedAt: now }]);
  await appendTimeline(tx, [{ alertId: alert.alertId, at: now, event: 'withdrawn', reason: 'episode_withdrawn' }]);
}
