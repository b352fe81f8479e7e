// A pressure that awaits its repeat, as the patient hears of it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../runtime/config.ts';
import { answerJson, startHttpReceiver } from '../contract/http-receiver.ts';
import { until } from '../system/until.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';

let scene: Scene;
let gateway: Awaited<ReturnType<typeof startHttpReceiver>>;

beforeEach(async () => {
  gateway = await startHttpReceiver();
  gateway.answerWith(answerJson(200, {}));
  const env = {
    PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1',
    PULSEWARD_SMS_URL: `${gateway.url}/sms`,
    PULSEWARD_SMS_BODY: '{"to":"{phone}","content":"{text}"}',
  };
  scene = await createScene({ channels: readConfig({ env }).channels });
  await scene.startAlerting();
});
afterEach(async () => {
  await scene.destroy();
  await gateway.stop();
});

const self = (consent = true) => ({ relation: 'self', channel: 'sms', address: '13800000001', consent }) as const;
const carer = { relation: 'carer', channel: 'sms', address: '13800000002', consent: true } as const;
const inMin = (minutes: number) => scene.now() + minutes * MINUTE_MS;
const awaitRepeat = (deadlineAt: number) => scene.say('BP-01', 'pending', { reason: 'awaiting_repeat', deadlineAt });
const requests = async () => {
  const { rows } = await scene.database.pool.query(
    `select audience, status, last_failure, alert_id from notifications where kind = 'repeat_request' order by created_at`,
  );
  return rows;
};

test('the patient, and nobody else, is asked to rest five minutes and measure again, with a way to end these messages', async () => {
  await scene.putContacts(scene.patientKey, [self(), carer]);
  await awaitRepeat(inMin(15));
  await until('the patient is asked', 8_000, async () => gateway.requests.length === 1);
  await scene.settled();
  expect(gateway.requests).toHaveLength(1);
  const { to, content } = JSON.parse(String(gateway.requests[0]!.body));
  expect(to).toBe('13800000001');
  expect(content).toMatch(/^请再测一次血压。.*休息5分钟.*\/stop\/[\w-]{22}$/);
  expect(await scene.alerts()).toHaveLength(0);
  expect(scene.webhook.received).toHaveLength(0);
});

test('is asked once for one reading, however often it is judged, and again for the next', async () => {
  await scene.putContacts(scene.patientKey, [self()]);
  const deadlineAt = inMin(15);
  await awaitRepeat(deadlineAt);
  await awaitRepeat(deadlineAt);
  await scene.settled();
  expect(gateway.requests).toHaveLength(1);
  await awaitRepeat(deadlineAt + 60 * MINUTE_MS);
  await until('the patient is asked again', 8_000, async () => gateway.requests.length === 2);
});

test('without consent nobody is asked', async () => {
  await scene.putContacts(scene.patientKey, [self(false), carer]);
  await awaitRepeat(inMin(15));
  await scene.settled();
  expect(await requests()).toEqual([]);
});

test('what could not be sent before the deadline is not sent after it', async () => {
  gateway.answerWith(answerJson(503, {}));
  await scene.putContacts(scene.patientKey, [self()]);
  await awaitRepeat(inMin(15));
  await until('the gateway refuses for now', 8_000, async () => gateway.requests.length > 0);
  scene.pass(16 * MINUTE_MS);
  await until('it is dropped', 8_000, async () => (await requests())[0]?.status === 'skipped');
  expect(await requests()).toEqual([
    { audience: 'patient', status: 'skipped', last_failure: 'deadline_passed', alert_id: null },
  ]);
});

test('whose repeat has come meanwhile is not asked any more', async () => {
  gateway.answerWith(answerJson(503, {}));
  await scene.putContacts(scene.patientKey, [self()]);
  await awaitRepeat(inMin(15));
  await until('the gateway refuses for now', 8_000, async () => gateway.requests.length > 0);
  await scene.say('BP-01', 'clear', { reason: 'unconfirmed' });
  scene.pass(5 * MINUTE_MS);
  await until('it is dropped', 8_000, async () => (await requests())[0]?.status === 'skipped');
  expect((await requests())[0]).toMatchObject({ last_failure: 'repeat_has_come' });
});

test('where the first contact fails for good the next one of the patient is asked, and the carer still isn’t', async () => {
  const hook = { relation: 'self', channel: 'webhook', address: `${gateway.url}/hook`, consent: true } as const;
  gateway.answerWith(answerJson(400, {}));
  await scene.putContacts(scene.patientKey, [self(), hook, carer]);
  await awaitRepeat(inMin(15));
  await until('both have failed', 8_000, async () => {
    const all = await requests();
    return all.length === 2 && all.every(({ status }) => status === 'failed');
  });
  await scene.settled();
  expect(gateway.requests.map(({ path }) => path)).toEqual(['/sms', '/hook']);
});

test('a gateway that refuses for good costs the team nothing: no alert, no page, no error', async () => {
  gateway.answerWith(answerJson(400, {}));
  await scene.putContacts(scene.patientKey, [self()]);
  await awaitRepeat(inMin(15));
  await until('it has failed', 8_000, async () => (await requests())[0]?.status === 'failed');
  await scene.settled();
  expect([(await scene.alerts()).length, scene.webhook.received.length]).toEqual([0, 0]);
});
