// What brings a code to a contact that somebody entered for themselves. Promise: nothing of any patient; and it says what to do where one
// has asked for nothing.
import type { Language, Notification } from '../channels/channel.ts';

interface VerificationWords {
  readonly test: string;
  readonly title: (code: string) => string;
  readonly advice: string;
  readonly reference: string;
  readonly stop: string;
}

const WORDS: Readonly<Record<Language, VerificationWords>> = {
  zh: {
    test: '【测试】',
    title: (code) => `脉守 验证码 ${code}`,
    advice: '15 分钟内有效，用于确认您的联系方式，请勿转告他人。若非本人操作，请忽略。',
    reference: '编号：',
    stop: '，',
  },
  en: {
    test: '[TEST] ',
    title: (code) => `Pulseward verification code ${code}`,
    advice:
      'It holds for 15 minutes and confirms that this contact is yours: tell it to nobody. If you did not ask for it, ignore it.',
    reference: 'Reference: ',
    stop: '. ',
  },
};

/** As an alert's text; its second line is what to do with the code. `reference`: by which a person sees that it came twice. */
export function writeVerificationText(
  { code = '', language = 'zh', isTest }: Pick<Notification, 'code' | 'language' | 'isTest'>,
  reference: string,
) {
  const words = WORDS[language];
  const title = `${isTest ? words.test : ''}${words.title(code)}`;
  const short = `${title}${words.stop}${words.advice}`;
  return { title, patient: words.advice, short, long: [title, words.advice, words.reference + reference].join('\n') };
}
