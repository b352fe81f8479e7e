// The whole way to channels that people read: from a signal to what stands in the group chat and on the phone, and what the alert says of it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../runtime/config.ts';
import { answerJson, startHttpReceiver } from '../contract/http-receiver.ts';
import { until } from '../system/until.ts';
import { createScene, type Scene } from './alerting-scene.ts';

let scene: Scene;
let receiver: Awaited<ReturnType<typeof startHttpReceiver>>;
beforeEach(async () => {
  receiver = await startHttpReceiver();
  receiver.answerWith(answerJson(200, { errcode: 0 }));
  const env = {
    PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1',
    PULSEWARD_SMS_URL: `${receiver.url}/sms`,
    PULSEWARD_SMS_BODY: '{"to":"{phone}","content":"{text}"}',
  };
  scene = await createScene({ member: false, channels: readConfig({ env }).channels });
});
afterEach(async () => {
  await scene.destroy();
  await receiver.stop();
});

const robots = () => [
  { channel: 'wecom_robot', address: `${receiver.url}/cgi-bin/webhook/send?key=k` },
  { channel: 'dingtalk_robot', address: `${receiver.url}/robot/send?access_token=t`, secret: 'SEC0123456789abcdef' },
];

test('a night low is in both group chats and on the phone: surname and end of the file number, no value, no whole name', async () => {
  const teamId = await scene.addTeam([...robots(), { channel: 'sms', address: '13800000000' }]);
  const patientKey = await scene.addPatient(teamId);
  const identifiers = [
    { system: 'national_id', value: '110101195001010011' },
    { system: 'file_number', value: 'YH-20156' },
  ];
  await scene.identify(patientKey, { name: '欧阳建国', identifiers });
  await scene.startAlerting();
  await scene.fire('CGM-01', { severity: 'critical' }, { patientKey });
  await until('all three are delivered', 8_000, async () => {
    const sent = await scene.notifications();
    return sent.length === 3 && sent.every(({ status }) => status === 'delivered');
  });
  expect(receiver.requests.map(({ path }) => path.split('?')[0]).toSorted()).toEqual([
    '/cgi-bin/webhook/send',
    '/robot/send',
    '/sms',
  ]);
  for (const { body } of receiver.requests) {
    expect(String(body)).toMatch(/危急：低血糖.*患者：欧阳（档案号尾号0156）.*http:\/\/clinic\.example\/#\/alerts\//s);
    expect(String(body)).not.toMatch(/mmol|mg\/dL|建国|YH-?20156|0011/);
  }
  const { rows } = await scene.database.pool.query('select * from notifications');
  expect(JSON.stringify([rows, scene.logged])).not.toMatch(/欧阳|20156/);
});

test('a robot that was thrown out of its group is a failure on the alert, and is not asked again', async () => {
  receiver.answerWith(answerJson(200, { errcode: 93000, errmsg: 'invalid webhook url' }));
  const teamId = await scene.addTeam(robots().slice(0, 1));
  const patientKey = await scene.addPatient(teamId);
  await scene.startAlerting();
  await scene.fire('CGM-01', {}, { patientKey });
  const failure = await until('it is on the timeline', 8_000, async () => {
    const [alert] = await scene.alerts();
    const { timeline } = alert ? await scene.detail(alert.alertId) : { timeline: [] };
    return timeline.find(({ event }) => event === 'notification_failed');
  });
  expect(failure).toMatchObject({ channel: 'wecom_robot', reason: 'errcode_93000' });
  expect(receiver.requests).toHaveLength(1);
});

test('a machine’s webhook is not told who it is', async () => {
  const teamId = await scene.addTeam([{ channel: 'webhook', address: `${receiver.url}/hook` }]);
  const patientKey = await scene.addPatient(teamId);
  await scene.identify(patientKey, { name: '欧阳建国' });
  await scene.startAlerting();
  await scene.fire('CGM-01', {}, { patientKey });
  const request = await until('it is delivered', 8_000, async () => receiver.requests[0]);
  expect(Object.keys(JSON.parse(String(request.body))).toSorted()).toEqual(
    ['alertId', 'condition', 'direction', 'kind', 'link', 'notificationId', 'openedAt', 'severity'].toSorted(),
  );
});

test('a name that can’t be opened any more costs the message its name, not the page', async () => {
  const teamId = await scene.addTeam([{ channel: 'sms', address: '13800000000' }]);
  const patientKey = await scene.addPatient(teamId);
  await scene.identify(patientKey, { name: '欧阳建国' });
  await scene.database.pool.query(`update patient_identities set key_id = 'of a lost file'`);
  await scene.startAlerting();
  await scene.fire('CGM-01', {}, { patientKey });
  const request = await until('it is delivered', 8_000, async () => receiver.requests[0]);
  expect(String(request.body)).toMatch(/危急：低血糖.*患者信息请登录后查看/);
  expect(scene.logged.some((line) => line.includes('without the surname'))).toBe(true);
});
