import { describe, expect, test } from 'vitest';
import type { Notification, NotificationItem } from '../channels/channel.ts';
import { writeAlertText } from './write-alert-text.ts';

const item = (more: Partial<NotificationItem> = {}): NotificationItem => ({
  notificationId: '0196a1b2-0000-7000-8000-00000000abcd',
  kind: 'opened',
  severity: 'warning',
  condition: 'glucose',
  direction: 'high',
  link: 'https://clinic.example/#/alerts/one',
  ...more,
});
const several = (items: readonly NotificationItem[], language: 'zh' | 'en' = 'zh'): Notification => ({
  notificationId: '0196a1b2-0000-7000-8000-0000deadbeef',
  kind: 'opened',
  severity: items[0]?.severity ?? 'info',
  link: 'https://clinic.example/#/alerts',
  language,
  items,
});
const worstFirst = [
  item({ severity: 'critical', direction: 'low', patientLabel: { surname: '王', fileNumberEnd: '1234' } }),
  item({ kind: 'reminder' }),
];

describe('several alerts in one message', () => {
  test('begin with how many and how bad, then a line each, and say where the details are', () => {
    expect(writeAlertText(several(worstFirst)).long.split('\n')).toEqual([
      '2条警报，最高级别危急',
      '危急：低血糖，患者：王（档案号尾号1234）',
      '警告：高血糖，仍无人处理',
      '详情：https://clinic.example/#/alerts',
      '编号：deadbeef',
    ]);
  });

  test('say the same in English', () => {
    expect(writeAlertText(several(worstFirst, 'en')).long.split('\n').slice(0, 3)).toEqual([
      '2 alerts, the worst: Critical',
      'Critical: low glucose, Patient: 王 (file number ends in 1234)',
      'Warning: high glucose, nobody owns it yet',
    ]);
  });

  test('name nobody in their title, nor in an SMS', () => {
    const { title, short } = writeAlertText(several(worstFirst));
    expect(title).not.toContain('王');
    expect(short).toBe('2条警报，最高级别危急。详情：https://clinic.example/#/alerts');
  });

  test('are named up to twenty, and of the rest it is said how many there are', () => {
    const lines = writeAlertText(several(Array.from({ length: 1_000 }, () => item()))).body.split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('另有980条');
    expect(writeAlertText(several(Array.from({ length: 20 }, () => item()))).body.split('\n')).toHaveLength(20);
  });
});
