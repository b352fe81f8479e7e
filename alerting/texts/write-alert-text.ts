// What a person reads of an alert: severity, condition in words, at most surname and last 4 of the file number, and a link. Promise:
// never a measured value, a TEST mark first, and the same words for the same notification, so that a repeat is recognised.
import { ITEMS_SHOWN, type Notification, type NotificationItem, type PatientLabel } from '../channels/channel.ts';
import { ALERT_WORDS, type AlertWords } from './alert-words.ts';
import { referenceOf } from './reference-of.ts';
import { writeAdviceText } from './write-advice-text.ts';
import { writeHandoverText } from './write-handover-text.ts';
import { writeIncidentText } from './write-incident-text.ts';
import { writeVerificationText } from './write-verification-text.ts';

export interface AlertText {
  /** One line that may stand on a lock screen or in a mailbox: it doesn't say who. */
  readonly title: string;
  /** Who, on one line; for patient and carers what to do. */
  readonly patient: string;
  /** `title`, `patient` and link in one paragraph, as an SMS has it. */
  readonly short: string;
  /** A line each: `title`, `patient`, link, reference. */
  readonly long: string;
}

const FILE_NUMBER_END = 4;
const LONGEST_SURNAME = 40;

export function writeAlertText(notification: Notification): AlertText {
  if (notification.audience === 'patient' || notification.audience === 'carer') return writeAdviceText(notification);
  const { handover, incident } = notification.subject ?? {};
  if (incident) return writeIncidentText(notification, incident);
  if (handover) return writeHandoverText(notification, handover);
  if (notification.kind === 'verification') return writeVerificationText(notification, referenceOf(notification));
  if (notification.items) return writeSeveral(notification, notification.items);
  const { link, patientLabel, language = 'zh', isTest } = notification;
  const words = ALERT_WORDS[language];
  const { colon, stop } = words;
  const title = `${isTest ? words.test : ''}${writeWhat(notification, words)}`;
  const patient = writePatient(patientLabel, words);
  const details = `${words.details}${colon}${link}`;
  const reference = `${words.reference}${colon}${referenceOf(notification)}`;
  return {
    title,
    patient,
    short: `${title}${stop}${patient}${stop}${details}`,
    long: [title, patient, details, reference].join('\n'),
  };
}

/** How many and how bad, then a line for each of the worst: of an SMS the first line alone, which names nobody. */
function writeSeveral(notification: Notification, items: readonly NotificationItem[]): AlertText {
  const { severity, link, language = 'zh' } = notification;
  const words = ALERT_WORDS[language];
  const { colon, comma, stop } = words;
  const title = words.several(items.length, words.severity[severity]);
  const lines = items.slice(0, ITEMS_SHOWN).map((item) => {
    const who = item.patientLabel && writePatient(item.patientLabel, words);
    return [writeWhat(item, words), who].filter(Boolean).join(comma);
  });
  const more = items.length - lines.length;
  const details = `${words.details}${colon}${link}`;
  const reference = `${words.reference}${colon}${referenceOf(notification)}`;
  const patient = [...lines, ...(more > 0 ? [words.andMore(more)] : [])].join('\n');
  return { title, patient, short: `${title}${stop}${details}`, long: [title, patient, details, reference].join('\n') };
}

function writeWhat({ kind, severity, condition, direction }: NotificationItem, words: AlertWords): string {
  const what =
    condition && direction && `${words.severity[severity]}${words.colon}${words.condition[condition][direction]}`;
  return [what, words.kind[kind]].filter(Boolean).join(words.comma);
}

function writePatient(label: PatientLabel | undefined, words: AlertWords): string {
  const surname = label && onOneLine(label.surname).slice(0, LONGEST_SURNAME);
  if (!surname) return words.unnamedPatient;
  const end = onOneLine(label.fileNumberEnd ?? '').slice(-FILE_NUMBER_END);
  return `${words.patient}${words.colon}${surname}${end && words.fileNumberEnd(end)}`;
}

/** A name is data: it makes no line of its own in a message. */
function onOneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').trim();
}
