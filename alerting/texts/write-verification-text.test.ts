import { expect, test } from 'vitest';
import type { Notification } from '../channels/channel.ts';
import { writeAlertText } from './write-alert-text.ts';

const notification: Notification = {
  notificationId: '019a0000-0000-7000-8000-00001c0ffee5',
  kind: 'verification',
  severity: 'info',
  code: '012345',
  link: 'https://clinic.example',
};

test('a code comes with what it is for, how long it holds and what to do where nobody asked for it', () => {
  expect(writeAlertText(notification)).toEqual({
    title: '脉守 验证码 012345',
    body: '15 分钟内有效，用于确认您的联系方式，请勿转告他人。若非本人操作，请忽略。',
    short: '脉守 验证码 012345，15 分钟内有效，用于确认您的联系方式，请勿转告他人。若非本人操作，请忽略。',
    long: '脉守 验证码 012345\n15 分钟内有效，用于确认您的联系方式，请勿转告他人。若非本人操作，请忽略。\n编号：1c0ffee5',
  });
  expect(writeAlertText({ ...notification, language: 'en' }).short).toMatch(
    /^Pulseward verification code 012345\. It holds for 15 minutes/,
  );
});

test('the message with a code leads nowhere: nobody learns to follow links for codes', () => {
  const { short, long } = writeAlertText(notification);
  expect(short + long).not.toContain('http');
});
