// A message to people put together of its parts: what it says, where to look, and by what a person sees that it came twice.
import type { Notification } from '../channels/channel.ts';
import { ALERT_WORDS, type AlertWords } from './alert-words.ts';

export interface MessageText {
  /** One line that may stand on a lock screen or in a mailbox: it doesn't say who. */
  readonly title: string;
  /** Who it is about, how much there is, or what to do; of several alerts a line each. */
  readonly body: string;
  /** All of it in one paragraph, as an SMS has it; of several alerts without `body`. */
  readonly short: string;
  /** A line each: `title`, `body`, link, reference. */
  readonly long: string;
}

export interface TextParts extends Pick<MessageText, 'title' | 'body'> {
  /** What stands in `short` before the link. */
  readonly paragraph: string;
}

const REFERENCE_LENGTH = 8;

export function composeText(notification: Notification, { title, body, paragraph }: TextParts): MessageText {
  const words = ALERT_WORDS[notification.language ?? 'zh'];
  const details = `${words.details}${words.colon}${notification.link}`;
  return {
    title,
    body,
    short: `${paragraph}${words.stop}${details}`,
    long: [title, body, details, writeReference(notification, words)].join('\n'),
  };
}

/** The end of the id, which is random; its beginning is the time. */
export function writeReference({ notificationId }: Notification, { reference, colon }: AlertWords): string {
  return `${reference}${colon}${notificationId.slice(-REFERENCE_LENGTH)}`;
}
