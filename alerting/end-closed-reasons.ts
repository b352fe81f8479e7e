// What a person closed while it went on, and is over now: noted in its alert, which says nothing more to anybody. If the end turns out
// to be wrong, it is no longer what the person closed.
import type { PoolClient } from 'pg';
import { advanceAlert } from '../domain/alerts/advance-alert.ts';
import { readAlert, readReasons } from '../storage/alerts/read-alert.ts';
import { saveAlerts, saveReasons } from '../storage/alerts/save-alert.ts';
import { appendTimeline, type TimelineEntry } from '../storage/alerts/timeline.ts';
import type { EndedReason, MergedEpisodes } from './merge-episodes.ts';

export async function endClosedReasons(
  tx: PoolClient,
  { endedClosed }: Pick<MergedEpisodes, 'endedClosed'>,
  now: number,
): Promise<void> {
  for (const [alertId, ended] of Map.groupBy(endedClosed, (reason) => reason.alertId))
    await endReasons(tx, alertId, ended, now);
}

async function endReasons(tx: PoolClient, alertId: string, ended: readonly EndedReason[], now: number): Promise<void> {
  const alert = await readAlert(tx, alertId);
  if (!alert) return;
  const timeline: TimelineEntry[] = [];
  const changed = [];
  let isOver = true;
  for (const reason of await readReasons(tx, alertId)) {
    const end = ended.find(({ episodeId }) => episodeId === reason.episodeId);
    if (end) {
      changed.push({ ...reason, firing: false, clearedAt: now, episodeEndAt: end.endAt });
      const detail = { ruleId: reason.ruleId, severity: reason.severity };
      timeline.push({ alertId, at: now, event: 'reason_cleared', reason: end.reason, detail });
    } else if (reason.firing) isOver = false;
  }
  await saveReasons(tx, changed);
  if (isOver) {
    const cleared = advanceAlert(alert, { type: 'all_clear', at: now });
    await saveAlerts(tx, [cleared.alert]);
    timeline.push({ alertId, at: now, event: 'cleared', reason: cleared.reason });
  }
  await appendTimeline(tx, timeline);
}
