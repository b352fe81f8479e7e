// A mail server that takes everything, and what it got.
import { SMTPServer } from 'smtp-server';
import type { MailConfig } from '../../runtime/channel-config.ts';

export interface ReceivedMail {
  readonly receivedAt: number;
  readonly to: string;
  /** Without its angle brackets. */
  readonly messageId: string;
  readonly subject: string;
  /** Lines of the body. */
  readonly lines: readonly string[];
}

export interface MailReceiver {
  readonly config: MailConfig;
  readonly mails: readonly ReceivedMail[];
  /** Code of the next answers to a mail's content; 250 by default. */
  answerWith(code: number): void;
  close(): Promise<void>;
}

export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  let code = 250;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    logger: false,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (code !== 250) return done(Object.assign(new Error('no'), { responseCode: code }));
        mails.push({ receivedAt: Date.now(), to: envelope.rcptTo[0]?.address ?? '', ...parse(Buffer.concat(chunks)) });
        done(null);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    config: { host: '127.0.0.1', port, secure: false, requireTls: false, from: 'Clinic <alerts@clinic.example>' },
    mails,
    answerWith(next) {
      code = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function parse(raw: Buffer): Pick<ReceivedMail, 'messageId' | 'subject' | 'lines'> {
  const text = raw.toString('utf8');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const headers = new Map(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line): [string, string] => [line.split(':')[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const encoding = headers.get('content-transfer-encoding') ?? '';
  const body = rest.join('\r\n\r\n');
  return {
    messageId: /<([^@>]+)/.exec(headers.get('message-id') ?? '')?.[1] ?? '',
    subject: decodeWords(headers.get('subject') ?? ''),
    lines: decodeBody(body, encoding).trim().split(/\r?\n/),
  };
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? decodeQuoted(body.replace(/=\r\n/g, '')) : body;
}

/** RFC 2047. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, form: string, word: string) =>
      form.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : decodeQuoted(word.replaceAll('_', ' ')),
    );
}

function decodeQuoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
