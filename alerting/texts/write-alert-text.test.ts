import { describe, expect, test } from 'vitest';
import { criticalLow, everyNotification } from '../../tests/alerts/every-notification.ts';
import { writeAlertText } from './write-alert-text.ts';

const notification = criticalLow;
const LINK = criticalLow.link;
const patientLabel = { surname: '王', fileNumberEnd: '3108' };

describe('what a person reads of an alert', () => {
  test('in Chinese, where no language is given', () => {
    expect(writeAlertText({ ...notification, patientLabel })).toEqual({
      title: '危急：低血糖',
      body: '患者：王（档案号尾号3108）',
      short: `危急：低血糖。患者：王（档案号尾号3108）。详情：${LINK}`,
      long: `危急：低血糖\n患者：王（档案号尾号3108）\n详情：${LINK}\n编号：1c0ffee5`,
    });
  });

  test('in English', () => {
    const { short } = writeAlertText({ ...notification, patientLabel, language: 'en', kind: 'reminder' });
    expect(short).toBe(
      `Critical: low glucose, nobody owns it yet. Patient: 王 (file number ends in 3108). Details: ${LINK}`,
    );
  });

  test.each([
    ['zh', '危急：低血糖，您接手的警报仍未有处理结果'],
    ['en', 'Critical: low glucose, you took it over and its outcome is still to be entered'],
  ] as const)(
    'of theirs, whoever took it over is asked in %s what became of it, not told that nobody has',
    (language, title) => {
      for (const kind of ['reminder', 'opened', 'changed'] as const)
        expect(writeAlertText({ ...notification, language, kind, isForOwner: true })).toMatchObject({ title });
    },
  );

  test.each([
    ['zh', '患者信息请登录后查看'],
    ['en', 'Sign in to see the patient'],
  ] as const)('where nobody said who it is, the %s text says where to look', (language, body) => {
    expect(writeAlertText({ ...notification, language })).toMatchObject({ body });
    expect(writeAlertText({ ...notification, language, patientLabel: { surname: ' ' } })).toMatchObject({ body });
  });

  test('a whole file number is cut down to its last four', () => {
    const { long } = writeAlertText({
      ...notification,
      patientLabel: { surname: '王', fileNumberEnd: '33010219560308' },
    });
    expect(long).toContain('0308');
    expect(long).not.toContain('60308');
  });

  test('a name with line breaks makes no line of its own', () => {
    const { body } = writeAlertText({ ...notification, patientLabel: { surname: '王\r\nBcc: x\u0000' } });
    expect(body).toBe('患者：王 Bcc: x');
  });

  const all = everyNotification(notification);

  test('a test says so first, whatever it is about, and a real one never does', () => {
    for (const variant of all) {
      const mark = variant.language === 'zh' ? /^【测试】/ : /^\[TEST\] /;
      const tested = writeAlertText({ ...variant, isTest: true });
      expect(tested.title).toMatch(mark);
      expect(tested.short).toMatch(mark);
      expect(tested.long).toMatch(mark);
      expect(writeAlertText(variant).long).not.toMatch(/测试|TEST/);
    }
  });

  test('no title says who it is or a number, whatever it is about', () => {
    for (const variant of all) {
      const { title } = writeAlertText({ ...variant, patientLabel });
      expect(title).not.toMatch(/\d|王|undefined/);
    }
  });
});
