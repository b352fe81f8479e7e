// E-mail under the contract of all channels, against a real SMTP server.
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notification } from '../../alerting/channels/channel.ts';
import { createEmail } from '../../alerting/channels/email.ts';
import type { MailConfig } from '../../runtime/channel-config.ts';
import { type ParsedMail, parseMail } from '../system/parse-mail.ts';
import { BUSY_MS, describeChannel, exampleNotification } from './channel.contract.ts';

const TIME_OUT_MS = 1_000;
const ADDRESS = 'nobody-may-see@clinic.example';
const PASSWORD = 'a-password-nobody-may-see';
const REMARK = 'what-the-relay-writes';

interface Mail extends ParsedMail {
  readonly recipients: readonly string[];
  readonly user: string | undefined;
  readonly secure: boolean;
}

type Step = 'greeting' | 'recipient' | 'content';
/** A code of SMTP, or what the relay does instead of answering. */
type Misbehaviour = { readonly at: Step; readonly by: number | 'hang' | 'hang_up' };

async function startRelay(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const signIns: string[] = [];
  const sockets = new Set<Socket>();
  let misbehaviour: Misbehaviour | undefined;
  const pass = (step: Step, done: (error?: Error | null) => void) => {
    const by = misbehaviour?.at === step ? misbehaviour.by : undefined;
    if (by === 'hang') return;
    if (by === 'hang_up') for (const socket of sockets) socket.destroy();
    else done(by === undefined ? null : Object.assign(new Error(`${REMARK} ${ADDRESS}`), { responseCode: by }));
  };
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    logger: false,
    onConnect: (_session, done) => pass('greeting', done),
    onAuth({ username, password }, _session, done) {
      signIns.push(String(username));
      if (password === PASSWORD) done(null, { user: username });
      else done(new Error(REMARK));
    },
    onRcptTo: (_address, _session, done) => pass('recipient', done),
    onData(stream, { envelope, user, secure }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        mails.push({
          recipients,
          user: user === undefined ? undefined : String(user),
          secure,
          ...parseMail(Buffer.concat(chunks)),
        });
        pass('content', done);
      });
    },
    ...options,
  });
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  const config: MailConfig = {
    host: '127.0.0.1',
    port: typeof address === 'object' && address ? address.port : 0,
    secure: false,
    requireTls: false,
    auth: { user: 'pulseward', pass: PASSWORD },
    from: 'Clinic <alerts@clinic.example>',
  };
  return {
    config,
    mails,
    signIns,
    sockets,
    misbehave(next?: Misbehaviour) {
      misbehaviour = next;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const BEHAVIOURS = {
  accept: undefined,
  refuse_for_now: { at: 'content', by: 451 },
  refuse_for_good: { at: 'recipient', by: 550 },
  hang: { at: 'content', by: 'hang' },
  hang_up: { at: 'content', by: 'hang_up' },
} as const;

describeChannel(
  'email',
  async () => {
    const relay = await startRelay();
    return {
      channel: createEmail({ config: relay.config, timeOutMs: TIME_OUT_MS }),
      destination: { address: ADDRESS },
      unspeakable: [PASSWORD, REMARK],
      timeOutMs: TIME_OUT_MS,
      behave: (as) => relay.misbehave(BEHAVIOURS[as]),
      keys: () => relay.mails.map(({ headers }) => headers.get('message-id') ?? 'none'),
      messages: () => relay.mails.map(({ text }) => text),
      stop: () => relay.stop(),
    };
  },
  { key: 'Message-ID' },
);

describe('e-mail alone', () => {
  let relay: Awaited<ReturnType<typeof startRelay>>;
  beforeEach(async () => {
    relay = await startRelay();
  });
  afterEach(() => relay.stop());
  const send = async (more: Partial<Notification> = {}, address = ADDRESS, config: Partial<MailConfig> = {}) => {
    const email = createEmail({ config: { ...relay.config, ...config }, timeOutMs: TIME_OUT_MS });
    const answer = await email.send({ ...exampleNotification(), ...more }, { address });
    await email.stop?.();
    return answer;
  };

  test('the subject says how bad it is and what, and not of whom', async () => {
    const notification = exampleNotification();
    const patientLabel = { surname: '欧阳', fileNumberEnd: '0308' };
    expect(await send({ ...notification, patientLabel })).toEqual({ fate: 'delivered' });
    const [mail] = relay.mails;
    expect(Object.fromEntries(mail?.headers ?? [])).toMatchObject({
      subject: '危急：低血糖',
      from: 'Clinic <alerts@clinic.example>',
      to: ADDRESS,
      'message-id': `<${notification.notificationId}@clinic.example>`,
      references: `<${notification.alertId}@clinic.example>`,
      'auto-submitted': 'auto-generated',
      importance: 'High',
    });
    expect(mail?.user).toBe('pulseward');
    expect(mail?.recipients).toEqual([ADDRESS]);
    expect(mail?.text).toContain('患者：欧阳（档案号尾号0308）');
  });

  test('what is not urgent is not marked so, and in English it is English', async () => {
    await send({ severity: 'info', language: 'en' });
    const [mail] = relay.mails;
    expect(mail?.headers.get('subject')).toBe('Info: low glucose');
    expect(mail?.headers.get('importance')).toBeUndefined();
  });

  test.each([421, 450, 451, 452])('%i is worth another try', async (code) => {
    relay.misbehave({ at: 'recipient', by: code });
    expect(await send()).toEqual({ fate: 'failed_recoverable', reason: `smtp_${code}`, perhapsArrived: false });
  });

  test.each([550, 552, 553, 554])('%i is final', async (code) => {
    relay.misbehave({ at: 'recipient', by: code });
    expect(await send()).toEqual({ fate: 'failed_final', reason: `smtp_${code}` });
  });

  test('a relay that doesn’t know us says so for good', async () => {
    expect(await send({}, ADDRESS, { auth: { user: 'x', pass: 'y' } })).toEqual({
      fate: 'failed_final',
      reason: 'smtp_535',
    });
  });

  test.each(['greeting', 'recipient', 'content'] as const)(
    'a relay that hangs at the %s costs the time-out',
    async (at) => {
      relay.misbehave({ at, by: 'hang' });
      const begunAt = performance.now();
      expect(await send()).toEqual({ fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: true });
      expect(performance.now() - begunAt).toBeLessThan(TIME_OUT_MS + BUSY_MS);
      await expect.poll(() => relay.sockets.size, { timeout: 3_000 }).toBe(0);
    },
  );

  test.each(['recipient', 'content'] as const)('hung up at the %s, it may have arrived', async (at) => {
    relay.misbehave({ at, by: 'hang_up' });
    expect(await send()).toMatchObject({ fate: 'failed_recoverable', perhapsArrived: true });
  });

  test('a relay that isn’t there is worth another try, and nothing arrived', async () => {
    await relay.stop();
    expect(await send()).toMatchObject({ fate: 'failed_recoverable', perhapsArrived: false });
  });

  test('a relay without TLS hears nothing where TLS is required, not even the password', async () => {
    expect(await send({}, ADDRESS, { requireTls: true })).toEqual({ fate: 'failed_final', reason: 'smtp_500' });
    expect(relay.signIns).toEqual([]);
    expect(relay.mails).toEqual([]);
  });

  describe('with a relay whose certificate nobody vouches for', () => {
    beforeEach(async () => {
      await relay.stop();
      relay = await startRelay({ disabledCommands: [] });
    });

    test('where plain text would do, it is as good', async () => {
      expect(await send({}, ADDRESS, { requireTls: false })).toEqual({ fate: 'delivered' });
      expect(relay.mails).toMatchObject([{ secure: true }]);
    });

    test('where TLS is required, it hears nothing', async () => {
      expect(await send({}, ADDRESS, { requireTls: true })).toMatchObject({ fate: 'failed_recoverable' });
      expect(relay.signIns).toEqual([]);
    });
  });

  test.each(['a@clinic.example, b@clinic.example', 'a@clinic.example\r\nRCPT TO:<b@clinic.example>'])(
    'an address that is two reaches no second person: %j',
    async (address) => {
      await send({}, address);
      expect(relay.mails.flatMap(({ recipients }) => recipients)).not.toContain('b@clinic.example');
    },
  );
});
