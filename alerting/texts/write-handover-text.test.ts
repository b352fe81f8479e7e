import { describe, expect, test } from 'vitest';
import type { Notification } from '../channels/channel.ts';
import { writeAlertText } from './write-alert-text.ts';

const counts = { shiftAt: 0, alerts: 5, urgent: 2, unowned: 1, snoozesEnding: 1, watch: 3 };
const handover = (more: Partial<Notification> = {}, subject = counts): Notification => ({
  notificationId: '019a0000-0000-7000-8000-00001c0ffee5',
  kind: 'handover',
  severity: 'info',
  subject: { handover: subject },
  teamId: 't',
  link: 'https://clinic.example/#/teams/t',
  ...more,
});

describe('what somebody reads who comes on duty', () => {
  test('is how much there is and where, in Chinese', () => {
    expect(writeAlertText(handover())).toEqual({
      title: '交接班',
      body: '未结警报 5 条，其中紧急或危急 2 条，无人接手 1 条，本班内暂缓到期 1 条，需关注患者 3 人',
      short:
        '交接班：未结警报 5 条，其中紧急或危急 2 条，无人接手 1 条，本班内暂缓到期 1 条，需关注患者 3 人。详情：https://clinic.example/#/teams/t',
      long: '交接班\n未结警报 5 条，其中紧急或危急 2 条，无人接手 1 条，本班内暂缓到期 1 条，需关注患者 3 人\n详情：https://clinic.example/#/teams/t\n编号：1c0ffee5',
    });
  });

  test('in English', () => {
    expect(writeAlertText(handover({ language: 'en' })).short).toBe(
      'handover: 5 open alerts, 2 urgent, 1 without an owner, 1 put off until within this shift, 3 patients to watch. Details: https://clinic.example/#/teams/t',
    );
  });

  test('leaves out what there is none of', () => {
    const calm = { ...counts, alerts: 1, urgent: 0, unowned: 0, snoozesEnding: 0, watch: 0 };
    expect(writeAlertText(handover({}, calm)).body).toBe('未结警报 1 条');
    expect(writeAlertText(handover({ language: 'en' }, calm)).body).toBe('1 open alert');
  });
});
