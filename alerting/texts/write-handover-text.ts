// What a person reads who comes on duty: how much there is, and where. Promise: counts and a link; no patient, no value.
import type { HandoverSubject } from '../../domain/alerts/notification-subject.ts';
import type { Language } from '../../domain/language.ts';
import type { Notification } from '../channels/channel.ts';
import { ALERT_WORDS } from './alert-words.ts';
import { composeText, type MessageText } from './compose-text.ts';

const SENTENCE: Readonly<Record<Language, (counts: HandoverSubject) => string>> = {
  zh: ({ alerts, urgent, unowned, snoozesEnding, watch }) =>
    [
      `未结警报 ${alerts} 条`,
      urgent > 0 && `其中紧急或危急 ${urgent} 条`,
      unowned > 0 && `无人接手 ${unowned} 条`,
      snoozesEnding > 0 && `本班内暂缓到期 ${snoozesEnding} 条`,
      watch > 0 && `需关注患者 ${watch} 人`,
    ]
      .filter(Boolean)
      .join('，'),
  en: ({ alerts, urgent, unowned, snoozesEnding, watch }) =>
    [
      `${alerts} open ${alerts === 1 ? 'alert' : 'alerts'}`,
      urgent > 0 && `${urgent} urgent`,
      unowned > 0 && `${unowned} without an owner`,
      snoozesEnding > 0 && `${snoozesEnding} put off until within this shift`,
      watch > 0 && `${watch} ${watch === 1 ? 'patient' : 'patients'} to watch`,
    ]
      .filter(Boolean)
      .join(', '),
};

export function writeHandoverText(notification: Notification, counts: HandoverSubject): MessageText {
  const { language = 'zh' } = notification;
  const { kind, colon } = ALERT_WORDS[language];
  const title = kind.handover;
  const body = SENTENCE[language](counts);
  return composeText(notification, { title, body, paragraph: `${title}${colon}${body}` });
}
