// Web Push under the contract of all channels, and what RFC 8030, 8291 and 8292 ask of it.
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebPush } from '../../alerting/channels/web-push.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { openPushKeys, type PushKeys } from '../../storage/registry/push-keys.ts';
import { describeChannel, exampleNotification } from './channel.contract.ts';
import { type Answer, hang, hangUp, startHttpReceiver } from './http-receiver.ts';
import { createPushBrowser } from './push-browser.ts';

const TIME_OUT_MS = 1_000;
const ALLOW = ['127.0.0.1'];
const contact = 'mailto:admin@clinic.example';
let directory: string;
let keys: PushKeys;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulseward-push-'));
  keys = await openPushKeys(join(directory, 'vapid.json'));
});
afterAll(() => rm(directory, { recursive: true }));

const answer =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end('what-the-service-writes');

describeChannel(
  'web_push',
  async () => {
    const server = await startHttpReceiver();
    const browser = createPushBrowser();
    const behaviours: Record<string, Answer> = {
      accept: answer(201),
      refuse_for_now: answer(429, { 'retry-after': '1' }),
      refuse_for_good: answer(410),
      hang,
      hang_up: hangUp,
    };
    return {
      channel: createWebPush({ keys, contact, allow: ALLOW, now: Date.now, timeOutMs: TIME_OUT_MS }),
      destination: { address: browser.subscribe(`${server.url}/push/nobody-may-see`) },
      unspeakable: ['nobody-may-see', 'what-the-service-writes', keys.privateKey],
      timeOutMs: TIME_OUT_MS,
      behave: (as) => server.answerWith(behaviours[as] ?? hang),
      keys: () => server.requests.map(({ headers }) => String(headers.topic)),
      messages: () => server.requests.map(({ body }) => browser.read(body)),
      stop: () => server.stop(),
    };
  },
  { key: 'topic' },
);

describe('Web Push by its RFCs', () => {
  const exchange = async (by: Answer, severity: Severity = 'critical') => {
    const server = await startHttpReceiver();
    server.answerWith(by);
    const browser = createPushBrowser();
    const push = createWebPush({ keys, contact, allow: ALLOW, now: Date.now });
    const notification = { ...exampleNotification(), severity };
    const result = await push.send(notification, { address: browser.subscribe(`${server.url}/push/1`) });
    await push.stop?.();
    await server.stop();
    return { result, request: server.requests[0], browser, notification, origin: server.url };
  };

  test.each([
    ['emergency', 'high', '900'],
    ['critical', 'high', '900'],
    ['warning', 'normal', '86400'],
    ['info', 'low', '86400'],
  ] as const)('%s has the urgency %s and is kept for %s s', async (severity, urgency, ttl) => {
    const { request, notification } = await exchange(answer(201), severity);
    const topic = notification.notificationId.replaceAll('-', '');
    expect(request?.headers).toMatchObject({ urgency, ttl, topic, 'content-encoding': 'aes128gcm' });
  });

  test('only the browser can read it: no word of it is in what the push service sees', async () => {
    const { request, browser, notification } = await exchange(answer(201));
    const { alertId, notificationId, link } = notification;
    expect(JSON.parse(browser.read(request?.body ?? Buffer.alloc(0)))).toEqual({
      tag: notificationId,
      notificationId,
      alertId,
      severity: 'critical',
      title: '危急：低血糖',
      body: '患者信息请登录后查看',
      link,
    });
    expect(String(request?.body)).not.toContain('低血糖');
    expect(String(request?.body)).not.toContain(alertId);
  });

  test('it is signed for the push service with this installation’s key', async () => {
    const { request, origin } = await exchange(answer(201));
    const [, token = '', k] = /^vapid t=([^,]+), ?k=(.+)$/.exec(String(request?.headers.authorization)) ?? [];
    const [head, claims, signature] = token.split('.');
    expect(k).toBe(keys.publicKey);
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({ aud: origin, sub: contact });
    const point = Buffer.from(keys.publicKey, 'base64url');
    const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    const signed = Buffer.from(signature ?? '', 'base64url');
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), { key, dsaEncoding: 'ieee-p1363' }, signed)).toBe(true);
  });

  test.each([404, 410])('%i: the subscription is gone for good', async (status) => {
    expect((await exchange(answer(status))).result).toEqual({ fate: 'failed_final', reason: 'subscription_gone' });
  });

  test('a push service that asks for patience is asked again after it', async () => {
    const { result } = await exchange(answer(429, { 'retry-after': '30' }));
    expect(result).toMatchObject({ fate: 'failed_recoverable', reason: 'http_429', retryAfterMs: 30_000 });
  });

  test('a subscription at a private address is refused where nothing allows it', async () => {
    const push = createWebPush({ keys, contact, allow: [], now: Date.now });
    const address = createPushBrowser().subscribe('https://10.0.0.8/push');
    expect(await push.send(exampleNotification(), { address })).toEqual({
      fate: 'failed_final',
      reason: 'forbidden_address',
    });
    await push.stop?.();
  });
});

describe('the key pair of an installation', () => {
  test('several processes that start together have the same, for its owner alone, and keep it', async () => {
    const file = join(directory, 'deep', 'vapid.json');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openPushKeys(file)));
    expect(new Set(opened.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await openPushKeys(file)).toEqual(opened[0]);
  });

  test('a file without one is told by its variable and never overwritten', async () => {
    const file = join(directory, 'broken.json');
    await writeFile(file, '{"publicKey":"x"}');
    await expect(openPushKeys(file)).rejects.toThrow(/PULSEWARD_VAPID_KEY_FILE/);
    expect(await readFile(file, 'utf8')).toBe('{"publicKey":"x"}');
  });
});
