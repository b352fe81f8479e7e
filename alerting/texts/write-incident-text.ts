// What a lead reads of an incident of the team's devices: how many, and where. Promise: a count and a link; no patient, no value.
import type { IncidentSubject } from '../../domain/alerts/notification-subject.ts';
import type { Language } from '../../domain/language.ts';
import type { Notification } from '../channels/channel.ts';
import { ALERT_WORDS } from './alert-words.ts';
import { composeText, type MessageText } from './compose-text.ts';

const SENTENCE: Readonly<Record<Language, (silent: number) => string>> = {
  zh: (silent) => `您团队至少有 ${silent} 台设备失联；其间不再逐个通知这些设备`,
  en: (silent) => `at least ${silent} devices of your team are silent; nobody is told of each of them meanwhile`,
};

export function writeIncidentText(notification: Notification, { silent }: IncidentSubject): MessageText {
  const { language = 'zh' } = notification;
  const { kind, colon } = ALERT_WORDS[language];
  const title = kind.incident;
  const body = SENTENCE[language](silent);
  return composeText(notification, { title, body, paragraph: `${title}${colon}${body}` });
}
