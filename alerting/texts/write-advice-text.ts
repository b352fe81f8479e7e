// What a patient or a carer reads: what to do now, why in plain words, and how to end these messages. Promise: never a value, a TEST mark
// first, the way out in every message.
import { adviceFor } from '../../domain/alerts/advice.ts';
import type { Notification } from '../channels/channel.ts';
import { ADVICE_WORDS } from './advice-words.ts';
import type { AlertText } from './write-alert-text.ts';

export function writeAdviceText(notification: Notification): AlertText {
  const { audience, language = 'zh', isTest, link, patientLabel } = notification;
  const words = ADVICE_WORDS[language];
  const what = adviceFor(notification);
  const said = audience === 'carer' ? (words.carer[what] ?? words.carer.otherwise) : words.patient[what];
  const title = `${isTest ? words.test : ''}${said.title}`;
  const about = audience === 'carer' && patientLabel ? words.about(patientLabel.surname) : undefined;
  const optOut = words.optOut(link);
  const lines = [title, about, said.advice].filter((line) => line !== undefined);
  return {
    title,
    patient: said.advice,
    short: [...lines, optOut].join(words.stop),
    long: [...lines, optOut].join('\n'),
  };
}
