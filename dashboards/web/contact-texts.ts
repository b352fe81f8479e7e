// The sentences of the page about one's own contacts, Chinese and English.
import { language } from './texts.ts';

const zh = {
  tab: '联系方式',
  contacts: '我的联系方式',
  noTeam: '您还不在任何团队中，由负责人添加后可在此填写联系方式',
  noContacts: '还没有联系方式：您不会收到提醒',
  channel: '方式',
  address: '地址',
  addressHint: '手机号、电子邮箱或网址',
  add: '添加',
  remove: '删除',
  verified: '已验证',
  unverified: '未验证，暂不使用',
  byTeam: '由团队填写',
  code: '验证码',
  verify: '验证',
  sendCode: '发送验证码',
  codeUntil: (time: string) => `验证码已发送，${time} 前有效`,
  secret: (secret: string) => `签名密钥，仅显示这一次：${secret}`,
  thisDevice: '此设备',
  device: {
    unsupported: '此浏览器不支持推送通知（需使用 HTTPS）',
    not_set_up: '推送通知尚未由管理员启用',
    blocked: '您已在浏览器中禁止通知：请在浏览器设置中允许后再试',
    off: '此设备不会收到通知',
    on: '此设备会收到通知：只显示标题，不显示患者信息',
  },
  notifyDevice: '在此设备上通知我',
  leaveDevice: '停止在此设备上通知',
  browser: '浏览器',
};

type Texts = { readonly [Name in keyof typeof zh]: (typeof zh)[Name] };

const en: Texts = {
  tab: 'Contacts',
  contacts: 'My contacts',
  noTeam: 'You are in no team yet. Once a lead has added you, you enter here how you are reached.',
  noContacts: 'No contacts yet: nothing reaches you',
  channel: 'By',
  address: 'Address',
  addressHint: 'Phone number, e-mail address or URL',
  add: 'Add',
  remove: 'Remove',
  verified: 'verified',
  unverified: 'not verified, not used yet',
  byTeam: 'entered by the team',
  code: 'Code',
  verify: 'Verify',
  sendCode: 'Send a code',
  codeUntil: (time) => `A code was sent; it holds until ${time}`,
  secret: (secret) => `Secret for the signature, shown only now: ${secret}`,
  thisDevice: 'This device',
  device: {
    unsupported: 'This browser can’t show push notifications (they need HTTPS)',
    not_set_up: 'Push notifications are not set up here',
    blocked: 'Notifications are blocked: allow them in the settings of your browser, then try again',
    off: 'This device is not notified',
    on: 'This device is notified: by a title alone, without anything about a patient',
  },
  notifyDevice: 'Notify this device',
  leaveDevice: 'Stop notifying this device',
  browser: 'browser',
};

export const c: Texts = language === 'zh' ? zh : en;
