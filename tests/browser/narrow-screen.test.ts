// The page on a phone: everything can be read and pressed without pushing it sideways.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { collectProblems, fillInSignIn, isRequired, overhanging, raiseLowGlucose } from './open-page.ts';

const WIDTH = 390;
let system: RunningSystem;
let browser: TestBrowser;
let page: Page;
let problems: string[];
let patientId: string;
let emptyPatientId: string;

beforeAll(async () => {
  if (!isRequired) return;
  system = await startSystem();
  const { teamId } = await createClinic(system.api);
  await system.api.post(`/teams/${teamId}/members`, { name: 'Admin', role: 'lead', username: 'admin' });
  patientId = await raiseLowGlucose(system, teamId, '名字相当长的一位测试患者');
  emptyPatientId = await createPatient(system.api, teamId, { name: '测试乙', phone: '100 0000 0017' });
  const glucometer = await connectDevice(system.mqttPort, await createDevice(system.api, 'glucometer', patientId));
  await glucometer.publish({ kind: 'smbg', at: Date.now(), value: 650, unit: 'mg/dL', context: 'random' });
  await glucometer.close();
  // English words are the longer ones.
  browser = await openBrowser('en-GB');
  page = await browser.context.newPage();
  problems = collectProblems(page);
  await page.setViewportSize({ width: WIDTH, height: 844 });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.destroy();
});

const fits = async (selector: string) => {
  await page.waitForSelector(selector);
  expect(await overhanging(page, WIDTH)).toEqual([]);
};

test.runIf(isRequired)('no view is wider than a phone’s screen', async () => {
  await page.goto(system.httpUrl);
  await fits('form.sign-in');
  await fillInSignIn(page);
  await fits('.alert.critical');
  await page.click('.alert .what');
  await fits('.evidence li');
  await page.click('[data-action=resolve]');
  await fits('dialog');
  await page.keyboard.press('Escape');
  for (const [hash, selector] of [
    ['patients', '.patients tbody tr'],
    [`patients/${patientId}`, '.glucose-chart canvas'],
    ['devices', '.devices tbody tr'],
    ['rejections', '.rejections tbody tr'],
    ['contacts', '.add-contact'],
  ] as const) {
    await page.goto(`${system.httpUrl}/#/${hash}`);
    await fits(selector);
  }
  expect(problems).toEqual([]);
});

test.runIf(isRequired)('turned to its side, the trace is as wide as the screen', async () => {
  await page.goto(`${system.httpUrl}/#/patients/${patientId}`);
  await page.waitForSelector('.glucose-chart canvas');
  await page.setViewportSize({ width: 844, height: WIDTH });
  const widthOf = (selector: string) => page.$eval(selector, (element) => element.getBoundingClientRect().width);
  await expect.poll(() => widthOf('.glucose-chart .uplot')).toBeGreaterThan(700);
  await page.setViewportSize({ width: WIDTH, height: 844 });
  await expect.poll(() => widthOf('.glucose-chart .uplot')).toBeLessThan(WIDTH);
});

test.runIf(isRequired)('a patient without data is shown as one, with how to call them', async () => {
  await page.goto(`${system.httpUrl}/#/patients/${emptyPatientId}`);
  await page.waitForSelector(`[data-patient-id="${emptyPatientId}"]`);
  expect(await page.textContent('.glucose')).toContain('No glucose readings');
  expect(await page.textContent('.range')).toContain('No CGM readings');
  expect(await page.textContent('.pressure')).toContain('No blood-pressure readings');
  expect(await page.getAttribute('.phone', 'href')).toBe('tel:10000000017');
  expect(await overhanging(page, WIDTH)).toEqual([]);
  expect(problems).toEqual([]);
});
