import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../domain/language.ts';
import { criticalLow, everyNotification } from '../../tests/alerts/every-notification.ts';
import type { Notification } from '../channels/channel.ts';
import { writeAlertText } from './write-alert-text.ts';

const LINK = 'https://clinic.example/stop/AbCdEfGhIjKlMnOpQrStUv';
const low: Notification = { ...criticalLow, link: LINK, audience: 'patient' };

describe('of an urgent low', () => {
  test('the patient reads what to do, in Chinese where nothing else is asked for', () => {
    expect(writeAlertText(low).short).toBe(
      `请马上吃糖或喝含糖饮料。您的血糖低了。吃糖后15分钟再测一次，仍低就再吃。如感到不适，请打120。脉守提醒，不再接收请点：${LINK}`,
    );
  });

  test('the carer reads to look after them now, of whom, and what not to do', () => {
    const text = writeAlertText({ ...low, audience: 'carer', patientLabel: { surname: '王' } });
    expect(text.long.split('\n')).toEqual([
      '请马上去看看您照护的人',
      '您照护的人：王',
      '对方的血糖低了。如清醒，请马上给对方吃糖或喝含糖饮料，15分钟后再测一次；如叫不醒或不能吞咽，不要喂食，请马上打120',
      `脉守提醒，不再接收请点：${LINK}`,
    ]);
  });

  test('both read it in English where they asked for that', () => {
    expect(writeAlertText({ ...low, language: 'en' }).short).toMatch(
      /^Eat or drink something sugary now\. .*15 minutes/,
    );
    expect(writeAlertText({ ...low, language: 'en', audience: 'carer' }).short).toMatch(
      /^Please look after the person you care for now\. .*call 120/,
    );
  });
});

test('a low that is only coming asks to measure, not to eat', () => {
  expect(writeAlertText({ ...low, severity: 'warning' }).title).toBe('请测一次血糖');
});

test('an urgent low is called low and no worse: of who takes insulin 3.9 is urgent, too', () => {
  for (const language of LANGUAGES)
    for (const audience of ['patient', 'carer'] as const)
      expect(writeAlertText({ ...low, language, audience }).long).not.toMatch(/很低|极低|过低|very low/);
});

test('what is missing is asked to be sent, and of a device with another fault nothing is said that may not be so', () => {
  const about = (condition: 'data' | 'device', language: 'zh' | 'en') =>
    writeAlertText({ ...low, severity: 'warning', direction: 'none', condition, language }).short;
  expect(about('data', 'zh')).toMatch(/没有收到.*有电/);
  expect(about('data', 'en')).toMatch(/not been received.*charged/);
  expect(about('device', 'zh')).toMatch(/^请检查测量设备。请看看设备是否工作正常/);
  expect(about('device', 'zh')).not.toMatch(/没有收到|有电/);
  expect(about('device', 'en')).toMatch(/^Please check your device\. See whether it works as it should/);
  expect(about('device', 'en')).not.toMatch(/received|charged/);
});

test('a repeat that is wanted asks for five minutes of rest', () => {
  const asked = {
    ...low,
    alertId: undefined,
    condition: undefined,
    direction: undefined,
    kind: 'repeat_request',
  } as const;
  expect(writeAlertText(asked).short).toMatch(/^请再测一次血压。.*休息5分钟/);
});

const all = (['patient', 'carer'] as const).flatMap((audience) => everyNotification({ ...low, audience }));

test('whatever it is about: no value, no disease, no link but the way out, and that in every message', () => {
  for (const variant of all) {
    const { title, short, long } = writeAlertText(variant);
    expect(title).not.toMatch(/\d|血糖低|undefined/);
    for (const text of [short, long]) {
      expect(text).not.toMatch(/mmol|mg|mmHg|糖尿病|高血压|低血糖|diabet|hypertens|hypoglyc|undefined/i);
      expect(text.match(/https?:\S+/g)).toEqual([LINK]);
    }
  }
});

test('a test says so before anything else', () => {
  for (const variant of all) {
    const mark = variant.language === 'zh' ? /^【测试】/ : /^\[TEST\] /;
    expect(writeAlertText({ ...variant, isTest: true }).short).toMatch(mark);
    expect(writeAlertText(variant).short).not.toMatch(mark);
  }
});
