// What a team's page says of how the team can be reached, and how a test of its alerting looks.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { collectProblems, fillInSignIn, isRequired, takePicture, textIn } from './open-page.ts';

let system: RunningSystem;
let browser: TestBrowser;
let page: Page;
let problems: string[];
let teamId: string;

beforeAll(async () => {
  if (!isRequired) return;
  system = await startSystem();
  ({ teamId } = await system.api.post<{ teamId: string }>('/teams', { name: '城南家庭医生团队' }));
  const reachable = { channel: 'webhook', address: 'https://example.org/hook' };
  await system.api.post(`/teams/${teamId}/members`, { name: '王医生', role: 'gp', contacts: [reachable] });
  const member = { name: '林护士', role: 'nurse', contacts: [] };
  const { memberId } = await system.api.post<{ memberId: string }>(`/teams/${teamId}/members`, member);
  await system.api.put(`/teams/${teamId}/schedule`, {
    shifts: [{ memberIds: [memberId], from: '2020-01-01T00:00', to: '2020-01-02T00:00', rrule: 'FREQ=DAILY;COUNT=2' }],
  });
  browser = await openBrowser();
  page = await browser.context.newPage();
  problems = collectProblems(page);
  await page.goto(system.httpUrl);
  await fillInSignIn(page);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.destroy();
});

const picture = (name: string) => takePicture(page, name);
const textOf = (selector: string) => textIn(page, selector);

test.runIf(isRequired)(
  'what has to be mended is said in words, each problem once, in Chinese and English',
  async () => {
    await page.goto(`${system.httpUrl}/?lang=zh#/teams/${teamId}`);
    await page.waitForSelector('.alerting-problems li');
    const zh = await textOf('.alerting-problems');
    expect(zh).toContain('团队没有负责人');
    expect(zh).toContain('林护士没有可用的联系方式');
    expect(zh).toMatch(/无人值班（.+）/);
    await picture('team-problems');
    await page.goto(`${system.httpUrl}/?lang=en#/teams/${teamId}`);
    await page.waitForSelector('.alerting-problems li');
    const en = await textOf('.alerting-problems');
    expect(en).toContain('The team has no lead');
    expect(en).toMatch(/Step 1 of “urgent” reaches nobody now: \S/);
    expect(await page.locator('.alerting-problems li[data-kind=no_lead]').count()).toBe(1);
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)('a team in debug mode says so at the top of its page', async () => {
  await page.goto(`${system.httpUrl}/?lang=en#/teams/${teamId}`);
  await page.waitForSelector('.alerting-problems');
  expect(await page.locator('.debug').count()).toBe(0);
  await system.api.put(`/teams/${teamId}/alerting`, { debug: true });
  await page.reload();
  await page.waitForSelector('.debug');
  expect(await textOf('.debug')).toBe('Debug mode: everything is recorded as ever, and nothing is sent');
  await system.api.put(`/teams/${teamId}/alerting`, {});
  expect(problems).toEqual([]);
});

test.runIf(isRequired)(
  'a test without a patient stands in the inbox as one, opens, and can be taken over and closed',
  async () => {
    // Nothing may leave for the member's address.
    await system.api.put(`/teams/${teamId}/alerting`, { debug: true });
    await system.api.post('/alerts/test', { teamId, severity: 'critical' });
    await page.goto(`${system.httpUrl}/?lang=en#/alerts`);
    await page.waitForSelector('.alerts li');
    expect(await textOf('.alerts li')).toMatch(/\[TEST\] Low glucose.*a test, for nobody in particular/);
    await picture('inbox-test');
    await page.click('.alerts li a.what');
    await page.waitForSelector('.timeline li');
    expect(await textOf('.alert-detail h1')).toContain('[TEST] Low glucose');
    expect(await textOf('.timeline')).toContain('a test was asked for');
    await page.click('button[data-action=acknowledge]');
    await page.waitForSelector('button[data-action=acknowledge]', { state: 'detached' });
    expect(problems).toEqual([]);
  },
);
