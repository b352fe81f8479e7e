// What the planning steps hand on to each other: one alert, what is to be told of it, to whom, and when to look again.
import type { PoolClient } from 'pg';
import type { AlertReason, AlertRecord, NotificationKind } from '../storage/alerts/alert-record.ts';
import type { PlannedNotification } from '../storage/alerts/notification-log.ts';
import type { TimelineEntry } from '../storage/alerts/timeline.ts';
import type { AlertingCounters } from './alerting-counters.ts';
import type { Channel } from './channels/channel.ts';
import type { Policy } from './policy.ts';

export interface Plan {
  readonly alert: AlertRecord;
  readonly reasons: readonly Omit<AlertReason, 'alertId'>[];
  /** The alert that this one follows, where that matters for a cooldown. */
  readonly predecessor?: Pick<AlertRecord, 'clearedAt' | 'announcedSeverity'> | undefined;
  /** A snooze has just ended by itself. */
  readonly woke?: boolean | undefined;
  /** What is to be told, and why; absent: nothing. */
  readonly telling?: { readonly kind: NotificationKind; readonly reason: string } | undefined;
  /** When to decide again although nothing happens. */
  readonly wait?: { readonly until: number; readonly reason: string } | undefined;
  readonly recipients: readonly Recipient[];
  readonly notifications: readonly PlannedNotification[];
  /** What this plan adds to the timeline. */
  readonly timeline: readonly TimelineEntry[];
}

export interface Recipient {
  readonly channel: string;
  readonly contactId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly userId?: string | undefined;
}

export interface PlanContext {
  /** Holds the alert's key. */
  readonly tx: PoolClient;
  readonly now: number;
  readonly policy: Policy;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly counters: AlertingCounters;
}

/** A step that ends what there is to tell takes `telling` away; the steps after it then pass the plan on. */
export type PlanStep = (plan: Plan, context: PlanContext) => Plan | Promise<Plan>;
