// Whether the alert as it stands deserves a notification, and the named reason why or why not. Compares what is with what was told:
// asked again at any moment, it gives the same answer.
import { isUnclosed, isUrgent, rankOf } from '../../storage/alerts/alert-lifecycle.ts';
import type { NotificationKind } from '../../storage/alerts/alert-record.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { cooldownMsOf, repeatMsOf } from '../policy.ts';

export type Decision =
  | { readonly decision: 'tell'; readonly kind: NotificationKind; readonly reason: string }
  | { readonly decision: 'wait'; readonly until: number; readonly reason: string }
  | { readonly decision: 'hold'; readonly reason: string };

export function decide(plan: Plan, { now, policy, counters }: PlanContext): Plan {
  const made = decideNotification(plan, { now, policy });
  counters.decisions.inc({ decision: made.decision, reason: made.reason });
  if (made.decision === 'tell') return { ...plan, telling: { kind: made.kind, reason: made.reason } };
  if (made.decision === 'wait') return { ...plan, wait: { until: made.until, reason: made.reason } };
  return plan;
}

export function decideNotification(plan: Plan, { now, policy }: Pick<PlanContext, 'now' | 'policy'>): Decision {
  const { alert, reasons } = plan;
  const { state, signal, severity, announcedKind, announcedSeverity, announcedAt } = alert;
  if (state === 'retrospective') return hold('retrospective');
  if (!isUnclosed(alert)) return announcedKind && announcedKind !== 'closed' ? tell('closed', state) : hold('closed');
  if (signal === 'cleared')
    return announcedKind && announcedKind !== 'cleared' ? tell('cleared', 'all_reasons_cleared') : hold('cleared');
  if (state === 'snoozed' || state === 'acknowledged') return hold(state);
  if (announcedAt === undefined || announcedSeverity === undefined) {
    if (isUrgent(severity)) return tell('opened', alert.occurrence > 1 ? 'fired_again' : 'urgent_at_once');
    const cooledDownAt = endOfCooldown(plan);
    if (cooledDownAt > now) return wait(cooledDownAt, 'cooldown');
    return tell('opened', alert.occurrence > 1 ? 'fired_again' : 'grouped');
  }
  if (rankOf(severity) > rankOf(announcedSeverity)) return tell('changed', 'severity_rose');
  if (plan.woke) return tell('reminder', 'snooze_ended');
  // What was urgent and is less so now still has nobody who owns it.
  if (!isUrgent(alert.peakSeverity)) return hold('told_once');
  const repeatAt = announcedAt + repeatMsOf(reasons, policy);
  return repeatAt <= now ? tell('reminder', 'repeat_interval_over') : wait(repeatAt, 'repeat_interval');
}

/** Within it, what fires again is the same trouble, unless it got worse (clinical.md §7). */
function endOfCooldown({ alert, reasons, predecessor }: Plan): number {
  const before = alert.occurrence > 1 ? alert : predecessor;
  if (before?.clearedAt === undefined || before.announcedSeverity === undefined) return 0;
  if (rankOf(alert.severity) > rankOf(before.announcedSeverity)) return 0;
  return before.clearedAt + cooldownMsOf(reasons);
}

const tell = (kind: NotificationKind, reason: string): Decision => ({ decision: 'tell', kind, reason });
const wait = (until: number, reason: string): Decision => ({ decision: 'wait', until, reason });
const hold = (reason: string): Decision => ({ decision: 'hold', reason });
