// An emergency that I have taken over, as its page shows it. Its server is real; the alert is put in its answer, with what nobody else gets.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClinic, createPatient } from '../system/clinic.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { collectProblems, fillInSignIn, isRequired } from './open-page.ts';

const ALERT_ID = '00000000-0000-7000-8000-000000000001';
let system: RunningSystem;
let browser: TestBrowser;
let patientId: string;

beforeAll(async () => {
  if (!isRequired) return;
  system = await startSystem();
  const { teamId } = await createClinic(system.api);
  patientId = await createPatient(system.api, teamId, { name: '测试甲' });
  browser = await openBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.destroy();
});

async function openEmergency(contact: object | undefined): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.context.newPage();
  const problems = collectProblems(page);
  const alert = {
    alertId: ALERT_ID,
    patientId,
    condition: 'blood_pressure',
    direction: 'high',
    severity: 'emergency',
    state: 'acknowledged',
    signal: 'firing',
    reasons: [],
    openedAt: new Date(Date.UTC(2026, 10, 22)).toISOString(),
    timeline: [],
    evidence: [],
    ...(contact && { contact }),
  };
  await page.route(`**/api/v1/alerts/${ALERT_ID}`, (route) => route.fulfill({ json: alert }));
  await page.goto(`${system.httpUrl}/?lang=zh#/alerts/${ALERT_ID}`);
  await fillInSignIn(page);
  await page.waitForSelector('.alert-detail');
  return { page, problems };
}

test.runIf(isRequired)('whoever owns it reads where the patient lives, and calls with a touch', async () => {
  const { page, problems } = await openEmergency({ phone: '+86 138 0000 0001', address: '文三路 1 号 <b>301</b>' });
  const shown = page.locator('.emergency-contact');
  expect(await shown.innerText()).toMatch(/电话\s+\+86 138 0000 0001\s+住址\s+文三路 1 号 <b>301<\/b>/);
  expect(await shown.locator('a').getAttribute('href')).toBe('tel:+8613800000001');
  expect(problems).toEqual([]);
  await page.close();
  await browser.context.clearCookies();
});

test.runIf(isRequired)('where neither is registered it says so, and to others it says nothing', async () => {
  const { page } = await openEmergency({});
  expect(await page.locator('.emergency-contact').innerText()).toBe('没有登记电话和住址');
  await page.close();
  await browser.context.clearCookies();
  const others = await openEmergency(undefined);
  expect(await others.page.locator('.emergency-contact').count()).toBe(0);
  await others.page.close();
});
