import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { ConfigurationError } from './errors.ts';

type Env = Readonly<Record<string, string>>;

/** The names of what is wrong, and everything that would be printed about it. */
function readProblems(env: Env): { readonly names: readonly string[]; readonly printed: string } {
  try {
    readConfig({ env });
  } catch (error) {
    if (error instanceof ConfigurationError)
      return { names: error.problems.map(({ name }) => name), printed: JSON.stringify(error.problems) };
  }
  return { names: [], printed: '' };
}

const MAIL = {
  PULSEWARD_SMTP_URL: 'smtps://pulse%40ward:p%3Aw@relay.example',
  PULSEWARD_MAIL_FROM: 'a@clinic.example',
};
const SMS = { PULSEWARD_SMS_URL: 'https://sms.example/send', PULSEWARD_SMS_BODY: '{"to":"{phone}","text":"{text}"}' };

describe('what an operator has not set up is not there', () => {
  test('without any variable there is no e-mail, SMS or Web Push', () => {
    expect(readConfig({ env: {} }).channels).toEqual({ mail: undefined, sms: undefined, push: undefined });
  });

  test('a relay with TLS from the first byte', () => {
    expect(readConfig({ env: MAIL }).channels.mail).toEqual({
      host: 'relay.example',
      port: 465,
      secure: true,
      requireTls: true,
      auth: { user: 'pulse@ward', pass: 'p:w' },
      from: 'a@clinic.example',
    });
  });

  test.each([
    ['smtp://relay.example', {}, true],
    ['smtp://relay.example', { PULSEWARD_WEBHOOK_ALLOW: 'relay.example' }, false],
    ['smtp://10.0.0.8', { PULSEWARD_WEBHOOK_ALLOW: '10.0.0.0/8' }, false],
    ['smtp://127.0.0.1', {}, false],
    ['smtp://[::1]', {}, false],
  ] as [string, Env, boolean][])('%s with %j has to offer TLS: %s', (url, more, requireTls) => {
    const env = { ...MAIL, PULSEWARD_SMTP_URL: url, ...more };
    expect(readConfig({ env }).channels.mail).toMatchObject({ port: 587, secure: false, requireTls, auth: undefined });
  });

  test('a key file of Web Push is expected in the data directory, where none is named', () => {
    const env = { PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example', PULSEWARD_DATA_DIR: '/srv/pulseward' };
    const { push } = readConfig({ env }).channels;
    expect(push).toEqual({ contact: 'mailto:admin@clinic.example', keyFile: '/srv/pulseward/vapid.json' });
  });

  test('an SMS gateway by JSON', () => {
    const env = { ...SMS, PULSEWARD_SMS_SUCCESS: 'data.code=a=b', PULSEWARD_SMS_RETRY: 'BUSY,, LATER ' };
    expect(readConfig({ env }).channels.sms).toEqual({
      url: 'https://sms.example/send',
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: SMS.PULSEWARD_SMS_BODY,
      bodyForm: 'json',
      success: { path: ['data', 'code'], value: 'a=b' },
      retryValues: ['BUSY', 'LATER'],
    });
  });
});

describe('what is half set up is told by name, all at once', () => {
  test.each([
    ['a sender without a relay', { PULSEWARD_MAIL_FROM: 'a@clinic.example' }, ['PULSEWARD_SMTP_URL']],
    ['a relay without a sender', { PULSEWARD_SMTP_URL: 'smtps://relay.example' }, ['PULSEWARD_MAIL_FROM']],
    ['a relay that is none', { ...MAIL, PULSEWARD_SMTP_URL: 'https://relay.example' }, ['PULSEWARD_SMTP_URL']],
    ['a relay with wishes', { ...MAIL, PULSEWARD_SMTP_URL: 'smtp://relay.example?tls=no' }, ['PULSEWARD_SMTP_URL']],
    ['two senders', { ...MAIL, PULSEWARD_MAIL_FROM: 'a@b.example, c@d.example' }, ['PULSEWARD_MAIL_FROM']],
    ['a body without a gateway', { PULSEWARD_SMS_BODY: '{phone}{text}' }, ['PULSEWARD_SMS_URL']],
    ['no place for the text', { ...SMS, PULSEWARD_SMS_BODY: '{"to":"{phone}"}' }, ['PULSEWARD_SMS_BODY']],
    [
      'a body that becomes no JSON',
      { ...SMS, PULSEWARD_SMS_BODY: '{"to":{phone},"text":"{text}"}' },
      ['PULSEWARD_SMS_BODY'],
    ],
    ['headers that are none', { ...SMS, PULSEWARD_SMS_HEADERS: 'X-Key: a' }, ['PULSEWARD_SMS_HEADERS']],
    ['a header over two lines', { ...SMS, PULSEWARD_SMS_HEADERS: '{"x":"a\\r\\nb"}' }, ['PULSEWARD_SMS_HEADERS']],
    ['XML', { ...SMS, PULSEWARD_SMS_HEADERS: '{"Content-Type":"text/xml"}' }, ['PULSEWARD_SMS_HEADERS']],
    ['a body in a GET', { ...SMS, PULSEWARD_SMS_METHOD: 'GET' }, ['PULSEWARD_SMS_BODY']],
    ['plain HTTP', { ...SMS, PULSEWARD_SMS_URL: 'http://sms.example/' }, ['PULSEWARD_SMS_URL']],
    ['a host to be filled in', { ...SMS, PULSEWARD_SMS_URL: 'https://{phone}.example/' }, ['PULSEWARD_SMS_URL']],
    ['later without a field', { ...SMS, PULSEWARD_SMS_RETRY: 'BUSY' }, ['PULSEWARD_SMS_SUCCESS']],
    ['a field without a value', { ...SMS, PULSEWARD_SMS_SUCCESS: 'code' }, ['PULSEWARD_SMS_SUCCESS']],
    ['a contact that is none', { PULSEWARD_PUSH_CONTACT: 'admin@clinic.example' }, ['PULSEWARD_PUSH_CONTACT']],
    ['push keys that are no file', { PULSEWARD_VAPID_KEY_FILE: '/nowhere/vapid.json' }, ['PULSEWARD_VAPID_KEY_FILE']],
    [
      'everything at once',
      { PULSEWARD_MAIL_FROM: 'x', PULSEWARD_SMS_BODY: 'x', PULSEWARD_PUSH_CONTACT: 'x' },
      ['PULSEWARD_MAIL_FROM', 'PULSEWARD_PUSH_CONTACT', 'PULSEWARD_SMS_URL', 'PULSEWARD_SMTP_URL'],
    ],
  ] as [string, Env, string[]][])('%s', (_, env, names) => {
    expect([...new Set(readProblems(env).names)].sort()).toEqual(names);
  });

  test('no password or key is repeated', () => {
    const secret = 'nobody-may-see';
    const { names, printed } = readProblems({
      PULSEWARD_SMTP_URL: `smtp:${secret}`,
      PULSEWARD_SMS_URL: `http://sms.example/${secret}`,
      PULSEWARD_SMS_HEADERS: secret,
      PULSEWARD_SMS_BODY: `{${secret}`,
    });
    expect(names.length).toBeGreaterThan(4);
    expect(printed).not.toContain(secret);
  });
});

test('who sends a push and whom a browser subscribes with have to share a key where they run apart', () => {
  const env = { PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example' };
  for (const roles of ['broker,ingest', 'alerting,dashboards'])
    expect(readConfig({ env, argv: ['--roles', roles] }).channels.push).toBeDefined();
  for (const roles of ['alerting', 'broker,dashboards'])
    expect(() => readConfig({ env, argv: ['--roles', roles] })).toThrow(/PULSEWARD_VAPID_KEY_FILE/);
  const shared = { ...env, PULSEWARD_VAPID_KEY_FILE: import.meta.filename };
  expect(readConfig({ env: shared, argv: ['--roles', 'alerting'] }).channels.push).toMatchObject({
    keyFile: import.meta.filename,
  });
});
