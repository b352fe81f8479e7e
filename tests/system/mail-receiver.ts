// A mail server that takes everything, and what it got.
import { SMTPServer } from 'smtp-server';
import type { MailConfig } from '../../runtime/channel-config.ts';
import { parseMail } from './parse-mail.ts';

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
        mails.push({ receivedAt: Date.now(), to: envelope.rcptTo[0]?.address ?? '', ...read(Buffer.concat(chunks)) });
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

function read(bytes: Buffer): Pick<ReceivedMail, 'messageId' | 'subject' | 'lines'> {
  const { headers, text } = parseMail(bytes);
  return {
    messageId: /<([^@>]+)/.exec(headers.get('message-id') ?? '')?.[1] ?? '',
    subject: headers.get('subject') ?? '',
    lines: text.split(/\r?\n/),
  };
}
