// The webhook under the contract of all channels, and what DESIGN §7 says of it alone.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../alerting/channels/channel.ts';
import { createWebhook } from '../../alerting/channels/webhook.ts';
import { type ChannelReceiver, describeChannel, exampleNotification } from './channel.contract.ts';
import { type Answer, hang, hangUp, startHttpReceiver } from './http-receiver.ts';

const TIME_OUT_MS = 1_000;
const SECRET = 'a-secret-nobody-may-see';

const startWebhook = async () => {
  const server = await startHttpReceiver();
  const behaviours: Record<string, Answer> = {
    accept: (response) => response.writeHead(200).end('{"ok":true}'),
    refuse_for_now: (response) => response.writeHead(503).end(SECRET),
    refuse_for_good: (response) => response.writeHead(410).end(SECRET),
    hang,
    hang_up: hangUp,
  };
  return {
    channel: createWebhook({ allow: ['127.0.0.1'], now: Date.now, timeOutMs: TIME_OUT_MS }),
    destination: { address: `${server.url}/path-nobody-may-see`, secret: SECRET },
    timeOutMs: TIME_OUT_MS,
    behave: (as: string) => server.answerWith(behaviours[as] as Answer),
    keys: () => server.requests.map(({ headers }) => String(headers['idempotency-key'])),
    stop: () => server.stop(),
  } satisfies ChannelReceiver;
};
describeChannel('webhook', startWebhook, { isForMachines: true });

describe('the webhook alone', () => {
  const now = Date.UTC(2026, 10, 22, 18, 10, 5);
  let server: Awaited<ReturnType<typeof startHttpReceiver>>;
  let webhook: Channel;
  beforeEach(async () => {
    server = await startHttpReceiver();
    webhook = createWebhook({ allow: ['127.0.0.1'], now: () => now, timeOutMs: TIME_OUT_MS });
  });
  afterEach(async () => {
    await webhook.stop?.();
    await server.stop();
  });
  const send = (path = '/in') =>
    webhook.send(exampleNotification(), { address: `${server.url}${path}`, secret: SECRET });

  test('the body is exactly what DESIGN says, signed with the secret over time and body', async () => {
    const notification = exampleNotification();
    // What is for people's messages stays out of it.
    const more = { patientLabel: { surname: '王' }, language: 'en' } as const;
    const destination = { address: `${server.url}/in?a=1`, secret: SECRET };
    await webhook.send({ ...notification, ...more }, destination);
    const [request] = server.requests;
    expect(JSON.parse(String(request?.body))).toEqual({ ...notification, openedAt: '2026-11-22T18:10:00.000Z' });
    expect(request?.path).toBe('/in?a=1');
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.headers['idempotency-key']).toBe(notification.notificationId);
    const time = now / 1_000;
    const expected = createHmac('sha256', SECRET).update(`${time}.${request?.body}`).digest('hex');
    expect(request?.headers['pulseward-signature']).toBe(`t=${time},v1=${expected}`);
  });

  test('several alerts are one body: which it is, and each as it would come alone', async () => {
    const { notificationId, alertId, kind, severity, condition, direction, openedAt, link } = exampleNotification();
    const item = { notificationId, alertId, kind, severity, condition, direction, openedAt, link };
    const second = { ...item, notificationId: 'two', alertId: 'another', patientLabel: { surname: '王' } };
    const digest = { notificationId, kind, severity, link: 'https://clinic.example/#/alerts', items: [item, second] };
    await webhook.send(digest, { address: `${server.url}/in`, secret: SECRET });
    const [request] = server.requests;
    const { patientLabel: _, ...said } = second;
    const at = '2026-11-22T18:10:00.000Z';
    const items = [item, said].map((each) => ({ ...each, openedAt: at }));
    expect(JSON.parse(String(request?.body))).toEqual({ notificationId, kind: 'digest', items });
    expect(request?.headers['idempotency-key']).toBe(notificationId);
  });

  test.each([200, 201, 202, 204])('%i is delivered', async (status) => {
    server.answerWith((response) => response.writeHead(status).end());
    expect(await send()).toEqual({ fate: 'delivered' });
  });

  test.each([408, 425, 429, 500, 502, 503, 504])('%i is worth another try', async (status) => {
    server.answerWith((response) => response.writeHead(status).end());
    expect(await send()).toMatchObject({ fate: 'failed_recoverable', reason: `http_${status}` });
  });

  test.each([400, 401, 403, 404, 410, 422])('%i is final', async (status) => {
    server.answerWith((response) => response.writeHead(status).end());
    expect(await send()).toEqual({ fate: 'failed_final', reason: `http_${status}` });
  });

  test.each([301, 302, 303, 307, 308])('a redirect by %i is not followed', async (status) => {
    server.answerWith((response) => response.writeHead(status, { location: `${server.url}/else` }).end());
    expect(await send()).toEqual({ fate: 'failed_final', reason: `http_${status}` });
    expect(server.requests.map(({ path }) => path)).toEqual(['/in']);
  });

  test.each([
    ['120', 120_000],
    [new Date(now + 90_000).toUTCString(), 90_000],
    [new Date(now - 90_000).toUTCString(), 0],
    ['999999999', 3_600_000],
    ['soon', undefined],
  ])('Retry-After: %s is honoured within an hour', async (header, retryAfterMs) => {
    server.answerWith((response) => response.writeHead(429, { 'retry-after': header }).end());
    expect(await send()).toEqual({
      fate: 'failed_recoverable',
      reason: 'http_429',
      perhapsArrived: false,
      retryAfterMs,
    });
  });

  test('an answer without end is cut off and the delivery still counts', async () => {
    let cutOff = false;
    server.answerWith((response) => {
      response.writeHead(200);
      const pour = () => {
        while (!cutOff && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', pour);
      response.on('close', () => {
        cutOff = true;
      });
      pour();
    });
    expect(await send()).toEqual({ fate: 'delivered' });
    await expect.poll(() => cutOff, { timeout: 2_000 }).toBe(true);
  });

  test('nobody who listens is worth another try', async () => {
    await server.stop();
    expect(await send()).toEqual({ fate: 'failed_recoverable', reason: 'econnrefused', perhapsArrived: false });
    server = await startHttpReceiver();
  });

  test('a test says so, and nothing else does', async () => {
    await send();
    await webhook.send({ ...exampleNotification(), isTest: true }, { address: `${server.url}/in`, secret: SECRET });
    const bodies = server.requests.map(({ body }) => JSON.parse(String(body)));
    expect(bodies[0]).not.toHaveProperty('test');
    expect(bodies[1]).toMatchObject({ test: true });
  });

  test('a contact without a secret is not written to unsigned', async () => {
    const answer = await webhook.send(exampleNotification(), { address: `${server.url}/in` });
    expect(answer).toEqual({ fate: 'failed_final', reason: 'incomplete_contact' });
    expect(server.requests).toHaveLength(0);
  });
});
