// What a channel is: one file that takes a notification to one person and says how that went. It never retries; one place does.
import type { NotificationKind } from '../../domain/alerts/decide-notification.ts';
import type { NotificationSubject } from '../../domain/alerts/notification-subject.ts';
import type { Audience } from '../../domain/alerts/route-step.ts';
import type { Language } from '../../domain/language.ts';
import type { Condition, Direction, Severity } from '../../domain/rules/rule.ts';

/** As much of who a patient is as a message may carry (DESIGN §6, the least personal data). */
export interface PatientLabel {
  readonly surname: string;
  /** Of the file number; no more than its last FILE_NUMBER_SHOWN characters are ever shown. */
  readonly fileNumberEnd?: string | undefined;
}

export const FILE_NUMBER_SHOWN = 4;

/** One of several that are told in one message. */
export interface NotificationItem {
  readonly notificationId: string;
  /** With `condition`, `direction` and `openedAt`; absent where the notification's `subject` says what it is about. */
  readonly alertId?: string | undefined;
  readonly kind: NotificationKind;
  readonly severity: Severity;
  readonly condition?: Condition | undefined;
  readonly direction?: Direction | undefined;
  /** Epoch ms. */
  readonly openedAt?: number | undefined;
  /** For the team: where a signed-in person finds the details. For patient and carers: where they end these messages. */
  readonly link: string;
  /** For a channel that `saysWho`, of items for those that are shown alone. Absent: the text says that who it is stands behind the link. */
  readonly patientLabel?: PatientLabel | undefined;
  /** It asks whoever took the alert over what became of it. */
  readonly isForOwner?: boolean | undefined;
}

/** A text names so many of several, the worst; how many more there are it says. */
export const ITEMS_SHOWN = 20;

/** All a channel may tell: no value, and of the name the label alone (DESIGN §6, the least personal data). */
export interface Notification extends NotificationItem {
  readonly subject?: NotificationSubject | undefined;
  /** Whose affair it is where it is about no alert. */
  readonly teamId?: string | undefined;
  /** Of `verification`: six digits. */
  readonly code?: string | undefined;
  /** Absent: the team. */
  readonly audience?: Audience | undefined;
  /** Of the message; Chinese where absent. */
  readonly language?: Language | undefined;
  /** Every message says so, before anything else. */
  readonly isTest?: boolean | undefined;
  /** Several in one message, worst first; never one. `alertId`, `condition`, `direction` and `openedAt` are each item's own then. */
  readonly items?: readonly NotificationItem[] | undefined;
}

/** Whom it goes to. What is in here never reaches a log, an error or the timeline. */
export interface Destination {
  /** In the channel's own form, e.g. a URL. */
  readonly address?: string | undefined;
  readonly secret?: string | undefined;
}

/** `reason` is snake_case, stored and shown: it never carries an address, a secret or what the other side wrote. */
export type ChannelAnswer =
  | { readonly fate: 'delivered' }
  | {
      readonly fate: 'failed_recoverable';
      readonly reason: string;
      /** No answer came, and it may have arrived all the same: whoever got it has to hear of its end. */
      readonly perhapsArrived: boolean;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly fate: 'failed_final'; readonly reason: string };

export interface Channel {
  /** As in a contact's `channel`. */
  readonly name: string;
  /** Whether it carries `cleared` and `closed` too: machines follow an alert to its end, people are not paged with good news. */
  readonly follows: boolean;
  /** Whether what it writes may stand in a message that only its receivers read: surname and last 4 of the file number. Absent: it doesn't say who. */
  readonly saysWho?: boolean | undefined;
  /**
   * Answers within `TIME_OUT_MS`, whatever the other side does. The receiver may get the same `notificationId` more than once and
   * is told so (at least once, promise 8). Throws only for a bug.
   */
  send(notification: Notification, destination: Destination): Promise<ChannelAnswer>;
  stop?(): Promise<void>;
}

export const TIME_OUT_MS = 10_000;
