// What the planning steps hand on to each other: one alert, what is to be told of it, to whom, and when to look again.
import type { PoolClient } from 'pg';
import type { NotificationKind, NotificationScope } from '../domain/alerts/decide-notification.ts';
import type { Recipient } from '../domain/alerts/take-steps.ts';
import type { AlertReason, AlertRecord } from '../storage/alerts/alert-record.ts';
import type { PlannedNotification, ToldContact } from '../storage/alerts/notification-log.ts';
import type { TeamRouting } from '../storage/alerts/read-routing.ts';
import type { TimelineEntry } from '../storage/alerts/timeline.ts';
import type { AlertingCounters } from './alerting-counters.ts';
import type { Channel } from './channels/channel.ts';

export interface Plan {
  readonly alert: AlertRecord;
  readonly reasons: readonly Omit<AlertReason, 'alertId'>[];
  /** What everybody was already told, once somebody has been. */
  readonly told?: readonly ToldContact[] | undefined;
  /** A contact, or all of the last step that was taken, reached nobody: what follows is looked for now. */
  readonly hasFailed?: boolean | undefined;
  /** Where the team has taken it over or put it off: of patient and carers who were not reached, the next contacts. */
  readonly nextOutside?: readonly Recipient[] | undefined;
  /** A snooze that has just ended on something urgent asks for a page whatever the interval says. */
  readonly pageNow?: boolean | undefined;
  /** Epoch ms: until then what fires is no news. Absent: it is. */
  readonly cooledDownAt?: number | undefined;
  /** What is to be told, and why; absent: nothing. */
  readonly telling?: Telling | undefined;
  /** When to decide again although nothing happens. */
  readonly wait?: { readonly until: number; readonly reason: string } | undefined;
  /** As it was read by a step before `route`. */
  readonly routing?: TeamRouting | undefined;
  /** It was put off until now: what is told of it goes in the digest. */
  readonly wasPutOff?: boolean | undefined;
  readonly recipients: readonly Recipient[];
  readonly notifications: readonly PlannedNotification[];
  /** What this plan adds to the timeline. */
  readonly timeline: readonly TimelineEntry[];
}

export interface Telling {
  readonly kind: NotificationKind;
  /** `patient`: at its present stage it is theirs alone. */
  readonly scope: NotificationScope | 'patient';
  /** Tells one reminder of an occurrence from the next. */
  readonly step: number;
  readonly reason: string;
  /** Rules that speak, the others being silenced by them. */
  readonly rules: readonly string[];
}

export interface PlanContext {
  /** Holds the alert's key. */
  readonly tx: PoolClient;
  readonly now: number;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly counters: AlertingCounters;
}

/** A step that ends what there is to tell takes `telling` away; the steps after it then pass the plan on. */
export type PlanStep = (plan: Plan, context: PlanContext) => Plan | Promise<Plan>;
