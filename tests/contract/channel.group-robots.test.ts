// The robots of WeCom and DingTalk under the contract of all channels, and what their vendors' documentation says of each alone.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, Notification } from '../../alerting/channels/channel.ts';
import { createDingtalkRobot } from '../../alerting/channels/dingtalk-robot.ts';
import type { GuardedPostDeps } from '../../alerting/channels/post-guarded.ts';
import { createWecomRobot } from '../../alerting/channels/wecom-robot.ts';
import { describeChannel, exampleNotification } from './channel.contract.ts';
import { answerJson, hang, hangUp, startHttpReceiver } from './http-receiver.ts';

const TIME_OUT_MS = 1_000;
const ALLOW = ['127.0.0.1'];
const TOKEN = 'a-token-nobody-may-see';
const SECRET = 'SECa-secret-nobody-may-see';
const REMARK = 'what-the-vendor-writes';
const KINDS = [
  {
    create: createWecomRobot,
    path: `/cgi-bin/webhook/send?key=${TOKEN}`,
    refused: 93000,
    tooMany: [45009],
    restMs: 60_000,
  },
  {
    create: createDingtalkRobot,
    path: `/robot/send?access_token=${TOKEN}`,
    refused: 310000,
    tooMany: [130101, 410100],
    restMs: 600_000,
  },
];
const textOf = (body: Buffer): string => JSON.parse(body.toString()).text.content;

for (const { create, path, refused } of KINDS)
  describeChannel(
    create({ allow: ALLOW, now: Date.now }).name,
    async () => {
      const server = await startHttpReceiver();
      const behaviours = {
        accept: answerJson(200, { errcode: 0, errmsg: 'ok' }),
        refuse_for_now: answerJson(200, { errcode: -1, errmsg: REMARK }),
        refuse_for_good: answerJson(200, { errcode: refused, errmsg: REMARK }),
        hang,
        hang_up: hangUp,
      };
      return {
        channel: create({ allow: ALLOW, now: Date.now, timeOutMs: TIME_OUT_MS }),
        destination: { address: `${server.url}${path}`, secret: SECRET },
        unspeakable: [TOKEN, REMARK],
        timeOutMs: TIME_OUT_MS,
        behave: (as) => server.answerWith(behaviours[as]),
        keys: () => server.requests.map(({ body }) => /编号：(\w+)/.exec(textOf(body))?.[1] ?? 'none'),
        messages: () => server.requests.map(({ body }) => textOf(body)),
        stop: () => server.stop(),
      };
    },
    { key: 'reference in the text (its interface has no key)' },
  );

describe.each(KINDS)('$path', ({ create, path, tooMany: tooManyCodes, restMs }) => {
  let now = Date.UTC(2026, 10, 22, 18, 10, 5);
  let server: Awaited<ReturnType<typeof startHttpReceiver>>;
  let robot: Channel;
  const start = (more: Partial<GuardedPostDeps> = {}) => create({ allow: ALLOW, now: () => now, ...more });
  beforeEach(async () => {
    server = await startHttpReceiver();
    server.answerWith(answerJson(200, { errcode: 0 }));
    robot = start();
  });
  afterEach(async () => {
    await robot.stop?.();
    await server.stop();
  });
  const send = (more: Partial<Notification> = {}) =>
    robot.send({ ...exampleNotification(), ...more }, { address: `${server.url}${path}`, secret: SECRET });

  test.each(tooManyCodes)(
    'what its vendor calls too many (%i) is worth another try when that is over, and nothing is sent meanwhile',
    async (tooMany) => {
      server.answerWith(answerJson(200, { errcode: tooMany, errmsg: REMARK }));
      const answer = { fate: 'failed_recoverable', perhapsArrived: false, retryAfterMs: restMs };
      expect(await send()).toEqual({ ...answer, reason: `errcode_${tooMany}` });
      server.answerWith(answerJson(200, { errcode: 0 }));
      expect(await send()).toEqual({ ...answer, reason: 'rate_limited' });
      expect(server.requests).toHaveLength(1);
      now += restMs;
      expect(await send()).toEqual({ fate: 'delivered' });
    },
  );

  test('of a storm 20 a minute are sent, emergencies also when all else has to wait', async () => {
    for (let sent = 0; sent < 16; sent += 1) expect(await send()).toEqual({ fate: 'delivered' });
    expect(await send()).toMatchObject({ fate: 'failed_recoverable', reason: 'rate_limited', perhapsArrived: false });
    for (let sent = 0; sent < 4; sent += 1)
      expect(await send({ severity: 'emergency' })).toEqual({ fate: 'delivered' });
    expect(await send({ severity: 'emergency' })).toMatchObject({ reason: 'rate_limited', retryAfterMs: 61_000 });
    expect(server.requests).toHaveLength(20);
  });

  test.each(['<html>502</html>', '{}', '[]', 'null', '{"errcode":"0"}'])('%s is no answer of a robot', async (body) => {
    server.answerWith((response) => response.writeHead(200).end(body));
    expect(await send()).toMatchObject({
      fate: 'failed_recoverable',
      reason: 'unreadable_answer',
      perhapsArrived: true,
    });
  });

  test('an answer that breaks off leaves open whether it arrived', async () => {
    server.answerWith((response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"errc', () => response.destroy());
    });
    expect(await send()).toMatchObject({ fate: 'failed_recoverable', perhapsArrived: true });
  });

  test('an answer that never ends costs the time-out and no more', async () => {
    robot = start({ timeOutMs: TIME_OUT_MS });
    server.answerWith((response) => void response.writeHead(200).write('{"errc'));
    expect(await send()).toMatchObject({ fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: true });
  });

  test('a robot at a private address is refused where nothing allows it', async () => {
    robot = start({ allow: [] });
    expect(await send()).toEqual({ fate: 'failed_final', reason: 'forbidden_address' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('each by its own documentation', () => {
  const now = 1_795_370_000_123;
  test.each([
    ['critical', true],
    ['warning', false],
  ] as const)('a %s message in WeCom calls everybody: %s', async (severity, callsAll) => {
    const server = await startHttpReceiver();
    server.answerWith(answerJson(200, { errcode: 0 }));
    const robot = createWecomRobot({ allow: ALLOW, now: () => now });
    await robot.send({ ...exampleNotification(), severity }, { address: `${server.url}/cgi-bin/webhook/send?key=k` });
    const [request] = server.requests;
    const { msgtype, text } = JSON.parse(String(request?.body));
    expect({ msgtype, called: text.mentioned_list }).toEqual({
      msgtype: 'text',
      called: callsAll ? ['@all'] : undefined,
    });
    expect(request?.path).toBe('/cgi-bin/webhook/send?key=k');
    await robot.stop?.();
    await server.stop();
  });

  test('a digest for WeCom is no longer than the 2,048 bytes that it takes, and still says how many there are and where', async () => {
    const server = await startHttpReceiver();
    server.answerWith(answerJson(200, { errcode: 0 }));
    const robot = createWecomRobot({ allow: ALLOW, now: () => now });
    const items = Array.from({ length: 30 }, () => ({
      ...exampleNotification(),
      kind: 'reminder' as const,
      condition: 'adherence' as const,
      direction: 'none' as const,
      patientLabel: { surname: '阿卜杜热合曼', fileNumberEnd: '0308' },
    }));
    const notification = { ...exampleNotification(), items };
    await robot.send(notification, { address: `${server.url}/cgi-bin/webhook/send?key=k` });
    const text = textOf(server.requests[0]?.body ?? Buffer.alloc(0));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_048);
    expect(Buffer.byteLength(text)).toBeGreaterThan(1_900);
    expect(text).toMatch(/30.*阿卜杜热合曼.*\n详情：https:\/\/clinic\.example\/#\/alerts\/1\n编号：/s);
    await robot.stop?.();
    await server.stop();
  });

  test('WeCom under too many requests at once is asked again soon', async () => {
    const server = await startHttpReceiver();
    server.answerWith(answerJson(200, { errcode: 45033 }));
    const robot = createWecomRobot({ allow: ALLOW, now: () => now });
    const destination = { address: `${server.url}/cgi-bin/webhook/send?key=k` };
    const answer = { fate: 'failed_recoverable', reason: 'errcode_45033', perhapsArrived: false };
    expect(await robot.send(exampleNotification(), destination)).toEqual(answer);
    server.answerWith(answerJson(200, { errcode: 0 }));
    expect(await robot.send(exampleNotification(), destination)).toEqual({ fate: 'delivered' });
    await robot.stop?.();
    await server.stop();
  });

  test('DingTalk gets the time and a signature over it in the URL, and a text', async () => {
    const server = await startHttpReceiver();
    server.answerWith(answerJson(200, { errcode: 0 }));
    const robot = createDingtalkRobot({ allow: ALLOW, now: () => now });
    const address = `${server.url}/robot/send?access_token=t`;
    await robot.send(exampleNotification(), { address, secret: SECRET });
    const [request] = server.requests;
    const query = new URL(request?.path ?? '', server.url).searchParams;
    const sign = createHmac('sha256', SECRET).update(`${now}\n${SECRET}`).digest('base64');
    expect(Object.fromEntries(query)).toEqual({ access_token: 't', timestamp: String(now), sign });
    // What base64 has and a query would take for something else.
    expect(request?.path.split('sign=')[1]).toBe(encodeURIComponent(sign));
    expect(JSON.parse(String(request?.body))).toMatchObject({ msgtype: 'text', at: { isAtAll: true } });
    expect(await robot.send(exampleNotification(), { address })).toEqual({
      fate: 'failed_final',
      reason: 'incomplete_contact',
    });
    await robot.stop?.();
    await server.stop();
  });
});
