// What a patient or a carer reads: what to do now, why in plain words, and how to end these messages. Promise: never a value, the way out
// in every message.
import { adviceFor } from '../../domain/alerts/advice.ts';
import type { Notification } from '../channels/channel.ts';
import { ADVICE_WORDS } from './advice-words.ts';
import { ALERT_WORDS } from './alert-words.ts';
import type { MessageText } from './compose-text.ts';

export function writeAdviceText(notification: Notification): MessageText {
  const { audience, language = 'zh', link, patientLabel } = notification;
  const words = ADVICE_WORDS[language];
  const what = adviceFor(notification);
  const { title, advice } = audience === 'carer' ? (words.carer[what] ?? words.carer.otherwise) : words.patient[what];
  const about = audience === 'carer' && patientLabel ? words.about(patientLabel.surname) : undefined;
  const lines = [title, about, advice, words.optOut(link)].filter((line) => line !== undefined);
  return { title, body: advice, short: lines.join(ALERT_WORDS[language].stop), long: lines.join('\n') };
}
