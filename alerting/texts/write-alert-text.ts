// What a person reads of an alert: severity, condition in words, at most surname and last 4 of the file number, and a link. Promise:
// never a measured value, a TEST mark first, and the same words for the same notification, so that a repeat is recognised.
import {
  FILE_NUMBER_SHOWN,
  ITEMS_SHOWN,
  type Notification,
  type NotificationItem,
  type PatientLabel,
} from '../channels/channel.ts';
import { ALERT_WORDS, type AlertWords } from './alert-words.ts';
import { composeText, type MessageText } from './compose-text.ts';
import { writeAdviceText } from './write-advice-text.ts';
import { writeHandoverText } from './write-handover-text.ts';
import { writeIncidentText } from './write-incident-text.ts';
import { writeVerificationText } from './write-verification-text.ts';

const LONGEST_SURNAME = 40;

export function writeAlertText(notification: Notification): MessageText {
  const { isTest, language = 'zh' } = notification;
  const text = writeUnmarked(notification);
  if (!isTest) return text;
  const { test: mark } = ALERT_WORDS[language];
  return { ...text, title: mark + text.title, short: mark + text.short, long: mark + text.long };
}

function writeUnmarked(notification: Notification): MessageText {
  const { audience, kind, subject, items, patientLabel, language = 'zh' } = notification;
  if (audience === 'patient' || audience === 'carer') return writeAdviceText(notification);
  if (subject?.incident) return writeIncidentText(notification, subject.incident);
  if (subject?.handover) return writeHandoverText(notification, subject.handover);
  if (kind === 'verification') return writeVerificationText(notification);
  if (items) return writeSeveral(notification, items);
  const words = ALERT_WORDS[language];
  const title = writeWhat(notification, words);
  const body = writePatient(patientLabel, words);
  return composeText(notification, { title, body, paragraph: `${title}${words.stop}${body}` });
}

/** How many and how bad, then a line for each of the worst: of an SMS the first line alone, which names nobody. */
function writeSeveral(notification: Notification, items: readonly NotificationItem[]): MessageText {
  const { severity, language = 'zh' } = notification;
  const words = ALERT_WORDS[language];
  const title = words.several(items.length, words.severity[severity]);
  const lines = items.slice(0, ITEMS_SHOWN).map((item) => {
    const who = item.patientLabel && writePatient(item.patientLabel, words);
    return [writeWhat(item, words), who].filter(Boolean).join(words.comma);
  });
  const more = items.length - lines.length;
  const body = [...lines, ...(more > 0 ? [words.andMore(more)] : [])].join('\n');
  return composeText(notification, { title, body, paragraph: title });
}

function writeWhat({ kind, severity, condition, direction, isForOwner }: NotificationItem, words: AlertWords): string {
  const what =
    condition && direction && `${words.severity[severity]}${words.colon}${words.condition[condition][direction]}`;
  return [what, isForOwner ? words.ownersReminder : words.kind[kind]].filter(Boolean).join(words.comma);
}

function writePatient(label: PatientLabel | undefined, words: AlertWords): string {
  const surname = label && onOneLine(label.surname).slice(0, LONGEST_SURNAME);
  if (!surname) return words.unnamedPatient;
  const end = onOneLine(label.fileNumberEnd ?? '').slice(-FILE_NUMBER_SHOWN);
  return `${words.patient}${words.colon}${surname}${end && words.fileNumberEnd(end)}`;
}

/** A name is data: it makes no line of its own in a message. */
function onOneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').trim();
}
