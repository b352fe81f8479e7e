// What brings a code to a contact that somebody entered for themselves. Promise: nothing of any patient, no link; and it says what to do
// where one has asked for nothing.
import type { Language } from '../../domain/language.ts';
import type { Notification } from '../channels/channel.ts';
import { ALERT_WORDS } from './alert-words.ts';
import { type MessageText, writeReference } from './compose-text.ts';

const ADVICE: Readonly<Record<Language, string>> = {
  zh: '15 分钟内有效，用于确认您的联系方式，请勿转告他人。若非本人操作，请忽略。',
  en: 'It holds for 15 minutes and confirms that this contact is yours: tell it to nobody. If you did not ask for it, ignore it.',
};
const BETWEEN: Readonly<Record<Language, string>> = { zh: '，', en: '. ' };

export function writeVerificationText(notification: Notification): MessageText {
  const { code = '', language = 'zh' } = notification;
  const words = ALERT_WORDS[language];
  const title = `${words.product} ${words.kind.verification} ${code}`;
  const body = ADVICE[language];
  const long = [title, body, writeReference(notification, words)].join('\n');
  return { title, body, short: `${title}${BETWEEN[language]}${body}`, long };
}
