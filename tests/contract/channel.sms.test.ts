// SMS under the contract of all channels, and the gateways it has to get on with.
import { describe, expect, test } from 'vitest';
import { createSms } from '../../alerting/channels/sms.ts';
import { readConfig } from '../../runtime/config.ts';
import { describeChannel, exampleNotification } from './channel.contract.ts';
import { type Answer, answerJson, hang, hangUp, startHttpReceiver } from './http-receiver.ts';

const TIME_OUT_MS = 1_000;
const PHONE = '+8613800000000';
const API_KEY = 'a-key-nobody-may-see';
const ALLOW = ['127.0.0.1'];

const openSms = (env: Record<string, string>, timeOutMs?: number) => {
  const config = readConfig({ env: { PULSEWARD_WEBHOOK_ALLOW: ALLOW.join(), ...env } }).channels.sms;
  if (!config) throw new Error('no SMS in this configuration');
  return createSms({ config, allow: ALLOW, now: Date.now, timeOutMs });
};

const jsonGateway = (url: string) => ({
  PULSEWARD_SMS_URL: `${url}/send`,
  PULSEWARD_SMS_HEADERS: JSON.stringify({ Authorization: `Bearer ${API_KEY}` }),
  PULSEWARD_SMS_BODY: '{"to":"{phone}","content":"{text}","outId":"{notificationId}"}',
  PULSEWARD_SMS_SUCCESS: 'result.0.code=OK',
  PULSEWARD_SMS_RETRY: 'BUSY, LIMIT',
});

describeChannel('sms', async () => {
  const server = await startHttpReceiver();
  const answer = (code: string) => answerJson(200, { result: [{ code, message: `${PHONE}: ${API_KEY}` }] });
  const behaviours: Record<string, Answer> = {
    accept: answer('OK'),
    refuse_for_now: answer('LIMIT'),
    refuse_for_good: answer('BLACKLISTED'),
    hang,
    hang_up: hangUp,
  };
  const bodies = () => server.requests.map(({ body }) => JSON.parse(body.toString()));
  return {
    channel: openSms(jsonGateway(server.url), TIME_OUT_MS),
    destination: { address: PHONE },
    unspeakable: [API_KEY, 'BLACKLISTED'],
    timeOutMs: TIME_OUT_MS,
    behave: (as) => server.answerWith(behaviours[as] ?? hang),
    keys: () => bodies().map(({ outId }) => String(outId)),
    messages: () => bodies().map(({ content }) => String(content)),
    stop: () => server.stop(),
  };
});

describe('SMS gateways as they are', () => {
  const exchange = async (env: (url: string) => Record<string, string>, answer: Answer, address = PHONE) => {
    const server = await startHttpReceiver();
    server.answerWith(answer);
    const sms = openSms(env(server.url));
    const patientLabel = { surname: '王"\\&{phone}' };
    const result = await sms.send({ ...exampleNotification(), patientLabel }, { address });
    await sms.stop?.();
    await server.stop();
    return { result, request: server.requests[0] };
  };

  test('JSON: what is filled in stays inside its quotation marks, and is not filled in again', async () => {
    const { request } = await exchange(jsonGateway, answerJson(200, { result: [{ code: 'OK' }] }));
    const { to, content } = JSON.parse(String(request?.body));
    expect(to).toBe(PHONE);
    expect(content).toContain('王"\\&{phone}');
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json; charset=utf-8',
    });
  });

  test('a form', async () => {
    const form = (url: string) => ({ PULSEWARD_SMS_URL: url, PULSEWARD_SMS_BODY: 'mobile={phone}&msg={text}&key=k' });
    const { request, result } = await exchange(form, (response) => response.writeHead(200).end());
    expect(result).toEqual({ fate: 'delivered' });
    const fields = Object.fromEntries(new URLSearchParams(String(request?.body)));
    expect(fields).toEqual({ mobile: PHONE, msg: expect.stringContaining('王"\\&{phone}'), key: 'k' });
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=utf-8');
  });

  test('a query', async () => {
    const query = (url: string) => ({ PULSEWARD_SMS_URL: `${url}/s?mobile={phone}&msg={text}` });
    const { request } = await exchange(query, (response) => response.writeHead(200).end());
    const { searchParams } = new URL(request?.path ?? '', 'http://gateway.example');
    expect(request?.method).toBe('GET');
    expect(searchParams.get('mobile')).toBe(PHONE);
    expect(searchParams.get('msg')).toContain('王"\\&{phone}');
  });

  test.each([
    ['an answer without the field', answerJson(200, { result: [] }), 'failed_final', 'gateway_refused'],
    ['an answer that is no JSON', (r) => r.writeHead(200).end('OK'), 'failed_recoverable', 'unreadable_answer'],
    ['a status that says no', answerJson(403, { result: [{ code: 'OK' }] }), 'failed_final', 'http_403'],
  ] as [string, Answer, string, string][])('%s is no success', async (_, answer, fate, reason) => {
    expect((await exchange(jsonGateway, answer)).result).toMatchObject({ fate, reason });
  });
});
