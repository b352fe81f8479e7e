import { createECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ChannelConfig } from '../../runtime/channel-config.ts';
import { readConfig } from '../../runtime/config.ts';
import { CONTACT_CHANNELS, checkContact, checkSecret } from './contact-channels.ts';

const channels: ChannelConfig = readConfig({
  env: {
    PULSEWARD_SMTP_URL: 'smtps://relay.example',
    PULSEWARD_MAIL_FROM: 'a@clinic.example',
    PULSEWARD_SMS_URL: 'https://sms.example/?to={phone}&text={text}',
    PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example',
  },
}).channels;
const plainHttpHosts = ['relay.internal'];

const subscription = (endpoint: string, p256dh = createECDH('prime256v1').generateKeys().toString('base64url')) =>
  JSON.stringify({ endpoint, keys: { p256dh, auth: 'AAAAAAAAAAAAAAAAAAAAAA' } });
const check = (channel: string, address: string, owner: 'member' | 'patient' = 'member') =>
  checkContact({ channel, address }, 'contacts/0', { plainHttpHosts, channels }, owner);

describe('a contact that something can be sent to', () => {
  test.each([
    ['email', 'nurse@clinic.example'],
    ['sms', '13800000000'],
    ['sms', '+8613800000000'],
    ['wecom_robot', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k'],
    ['wecom_robot', 'http://relay.internal/cgi-bin/webhook/send?key=k'],
    ['dingtalk_robot', 'https://oapi.dingtalk.com/robot/send?access_token=t'],
    ['web_push', subscription('https://push.example/1')],
  ])('%s %s', (channel, address) => {
    expect(check(channel, address)).toBe(CONTACT_CHANNELS[channel]);
  });
});

describe('one that it can not is refused at entry, at its address', () => {
  test.each([
    ['email', 'nurse'],
    ['email', 'a@clinic.example, b@clinic.example'],
    ['email', 'Nurse <a@clinic.example>'],
    ['email', 'a@clinic.example\r\nBcc: b@clinic.example'],
    ['sms', '138 0000 0000'],
    ['sms', 'tel:+8613800000000'],
    ['wecom_robot', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send'],
    ['wecom_robot', 'http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k'],
    ['wecom_robot', 'https://qyapi.weixin.qq.com.example/cgi-bin/webhook/send?key=k'],
    ['dingtalk_robot', 'https://oapi.dingtalk.com/robot/send?key=k'],
    ['web_push', 'https://push.example/1'],
    ['web_push', subscription('http://push.example/1')],
    ['web_push', subscription('https://push.example/1', Buffer.alloc(65, 4).toString('base64url'))],
  ])('%s %j', (channel, address) => {
    const refusal = expect.objectContaining({ code: 'invalid', field: 'contacts/0/address' });
    expect(() => check(channel, address)).toThrow(refusal);
  });
});

test('a robot’s URL goes to no other host only because addresses are listed that it might lead to', () => {
  const attempt = (host: string) =>
    checkContact({ channel: 'wecom_robot', address: `https://${host}/?key=k` }, 'contacts/0', {
      plainHttpHosts: ['10.0.0.0/8'],
    });
  expect(() => attempt('10.0.0.8')).not.toThrow();
  expect(() => attempt('wecom.example')).toThrow(expect.objectContaining({ field: 'contacts/0/address' }));
});

describe('which channels there are', () => {
  test.each(['email', 'sms', 'web_push'])('%s is offered only where an operator has set it up', (channel) => {
    const attempt = () => checkContact({ channel, address: 'x' }, 'contacts/0', { plainHttpHosts });
    expect(attempt).toThrow(expect.objectContaining({ field: 'contacts/0/channel' }));
    expect(attempt).toThrow(/is not set up here: whoever runs Pulseward sets PULSEWARD_.* use one of in_app, webhook,/);
  });

  test.each(['pager', 'constructor', '__proto__'])('there is no channel %s, and what there is is named', (channel) => {
    expect(() => check(channel, 'x')).toThrow(/use one of in_app, webhook, .*email, sms, web_push\./);
  });

  test.each(['wecom_robot', 'dingtalk_robot'])('%s writes to a group, so it is no contact of a patient', (channel) => {
    const attempt = () => check(channel, 'https://x.example/?key=k', 'patient');
    expect(attempt).toThrow(/not to a patient or carer: use one of in_app, webhook, email, sms, web_push\./);
  });

  test('a signing robot comes with its secret, a webhook gets one', () => {
    const dingtalk = check('dingtalk_robot', 'https://oapi.dingtalk.com/robot/send?access_token=t');
    expect(() => checkSecret(dingtalk, undefined, 'contacts/0')).toThrow(
      expect.objectContaining({ field: 'contacts/0/secret' }),
    );
    expect(() => checkSecret(dingtalk, 'SEC', 'contacts/0')).not.toThrow();
    expect(() => checkSecret(check('webhook', 'https://x.example'), undefined, 'contacts/0')).not.toThrow();
  });
});
