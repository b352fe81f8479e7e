// What who follows the link at the end of a message sees: what it does, a button, and that it is done. Both languages on one page, no
// script, nothing about anybody.
import { createHash } from 'node:crypto';

export type OptOutStage = 'ask' | 'done' | 'unknown';

interface Words {
  readonly lang: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly button?: string;
}

const WORDS: Readonly<Record<OptOutStage, readonly Words[]>> = {
  ask: [
    {
      lang: 'zh-CN',
      title: '不再接收脉守提醒？',
      lines: [
        '点下面的按钮后，这个手机号、邮箱或设备不再收到提醒，血糖低时也不会收到。',
        '家庭医生团队仍会收到。要重新接收，请联系家庭医生团队。',
      ],
      button: '不再接收',
    },
    {
      lang: 'en',
      title: 'Stop messages from Pulseward?',
      lines: [
        'With this button messages to this phone, mailbox or device end, also those about a low glucose.',
        'The family doctor’s team is still told. To receive messages again, contact the team.',
      ],
      button: 'Stop messages',
    },
  ],
  done: [
    { lang: 'zh-CN', title: '已停止', lines: ['这里不会再收到脉守提醒。要重新接收，请联系家庭医生团队。'] },
    {
      lang: 'en',
      title: 'Stopped',
      lines: ['No more messages will come here. To receive them again, contact the team.'],
    },
  ],
  unknown: [
    { lang: 'zh-CN', title: '链接无效', lines: ['请检查链接是否完整，或联系家庭医生团队。'] },
    { lang: 'en', title: 'Unknown link', lines: ['See that the link is whole, or contact the family doctor’s team.'] },
  ],
};

const STYLE =
  'body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'h1{font-size:1.3rem}section{margin-bottom:2rem}' +
  'button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#0b5cad;color:#fff}';

/** Nothing is loaded, and the form leads nowhere but back here. */
export const OPT_OUT_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export function renderOptOutPage(stage: OptOutStage): string {
  const sections = WORDS[stage].map(({ lang, title, lines, button }) => {
    const paragraphs = lines.map((line) => `<p>${line}</p>`).join('');
    const form = button === undefined ? '' : `<form method="post"><button>${button}</button></form>`;
    return `<section lang="${lang}"><h1>${title}</h1>${paragraphs}${form}</section>`;
  });
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>脉守 Pulseward</title><style>${STYLE}</style></head><body>${sections.join('')}</body></html>`;
}
