// What a team sees of itself: who is on call, what is handed over, its figures and incidents; and what an alert says of its escalation.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OUTCOMES } from '../../domain/alerts/alert-life.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../system/webhook-receiver.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import {
  collectProblems,
  fillInSignIn,
  isRequired,
  overhanging,
  raiseLowGlucose,
  takePicture,
  textIn,
} from './open-page.ts';

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
let system: RunningSystem;
let browser: TestBrowser;
let page: Page;
let problems: string[];
let webhook: WebhookReceiver;
let teamId: string;

beforeAll(async () => {
  if (!isRequired) return;
  webhook = await startWebhookReceiver();
  system = await startSystem({ env: { PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' } });
  ({ teamId } = await system.api.post<{ teamId: string }>('/teams', { name: '城北家庭医生团队' }));
  const add = async (name: string, role: string) => {
    const member = {
      name,
      role,
      contacts: [{ channel: 'webhook', address: webhook.url, secret: webhook.secret }],
      ...(role === 'nurse' && { username: 'admin' }),
    };
    return (await system.api.post<{ memberId: string }>(`/teams/${teamId}/members`, member)).memberId;
  };
  const [lin, wang] = [await add('林护士', 'nurse'), await add('王医生', 'lead')];
  // Whatever the time, and for longer than this takes: Lin until the end of tomorrow, then Wang.
  const day = (daysFromNow: number) =>
    new Date(Date.now() + daysFromNow * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);
  await system.api.put(`/teams/${teamId}/schedule`, {
    shifts: [
      { memberIds: [lin], from: `${day(-1)}T00:00`, to: `${day(2)}T00:00` },
      { memberIds: [wang], from: `${day(2)}T00:00`, to: `${day(4)}T00:00` },
    ],
  });
  await raiseLowGlucose(system, teamId, '测试甲');
  browser = await openBrowser();
  page = await browser.context.newPage();
  problems = collectProblems(page);
  await page.goto(system.httpUrl);
  await fillInSignIn(page);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.destroy();
  await webhook?.close();
});

const picture = (name: string) => takePicture(page, name);
const textOf = (selector: string) => textIn(page, selector);

test.runIf(isRequired)(
  'the team’s page says who is on call and next, and hands over what is open with its next timer',
  async () => {
    await page.waitForSelector('.alert.critical');
    await page.click('nav a[href="#/teams"]');
    await page.waitForSelector('.team .handed li');
    expect(await textOf('.on-call')).toContain('林护士（护士）');
    expect(await textOf('.on-call')).toMatch(/接班 ?王医生（负责人）/);
    expect(await textOf('.handover .facts')).toContain('未结 1 条，紧急或危急 1 条，其中无人接手 1 条');
    expect(await textOf('.handed li')).toContain('测试甲');
    // Soon told, and then the next step is what comes.
    await expect.poll(() => textOf('.handed li')).toMatch(/(刚刚|已 \d+ 分钟) · 待处理 · .* 升级通知 负责人/);
    // What is open is listed as such, and not again.
    expect(await page.$('.handover .watch')).toBeNull();
    expect(await textOf('.incidents')).toContain('没有设备事件');
    await picture('team-open');
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)(
  'an alert shows its escalation: who was told, who was skipped and why, what comes when',
  async () => {
    await page.click('.handed li a');
    await page.waitForSelector('.escalation .steps li:nth-child(5)');
    const steps = await page.$$eval('.escalation .steps li', (items) =>
      items.map((item) => item.textContent?.replace(/\s+/g, ' ') ?? ''),
    );
    expect(await textOf('.escalation h2')).toContain('紧急低血糖');
    expect(steps[0]).toContain('跳过患者本人：没有登记联系方式');
    expect(steps[1]).toContain('跳过家属：没有登记联系方式');
    expect(steps[2]).toMatch(/立即 值班人员 .*(送达|发送中) 1/);
    expect(steps[3]).toMatch(/15 分钟后 负责人 将于 .* 执行/);
    expect(steps[4]).toMatch(/30 分钟后 团队全体 *$/);
    await picture('alert-escalation');
  },
);

test.runIf(isRequired)(
  'whoever takes it over reads by when an outcome is asked for, and nothing closes it without one of the eight',
  async () => {
    await page.click('.actions [data-action=acknowledge]');
    await page.waitForSelector('.owed');
    expect(await textOf('.owed')).toMatch(/请在 .* 前填写处理结果/);
    await expect.poll(() => textOf('.steps')).toContain('未执行');
    expect(await page.$$('.steps .next')).toHaveLength(0);
    await picture('alert-owned');
    await page.click('[data-action=resolve]');
    const outcomes = await page.$$eval('dialog [data-outcome]', (labels) =>
      labels.map((label) => [label.getAttribute('data-outcome'), label.textContent?.trim()]),
    );
    expect(outcomes.map(([code]) => code)).toEqual([...OUTCOMES]);
    expect(outcomes.every(([code, words]) => words && words !== code)).toBe(true);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/resolve')) asked++;
    });
    await page.click('dialog [data-action=close-alert]');
    // The browser asks for one itself; nothing was sent.
    expect(
      await page.$eval(
        'dialog input[name=outcome]',
        (input) => (input as unknown as { validity: { valueMissing: boolean } }).validity.valueMissing,
      ),
    ).toBe(true);
    expect(asked).toBe(0);
    await picture('resolve');
    await page.click('dialog [data-outcome=called]');
    await page.click('dialog [data-action=close-alert]');
    await expect.poll(() => textOf('.state')).toContain('已结案');
    expect(await page.$('.owed')).toBeNull();
  },
);

test.runIf(isRequired)(
  'afterwards the figures have it: time to take over, time to resolve, worth it, by rule and member',
  async () => {
    await page.goto(`${system.httpUrl}/#/teams/${teamId}`);
    // What the page has asked lately it keeps for a while.
    await page.reload();
    await page.waitForSelector('.figures-of-team table');
    const figures = await textOf('.figures-of-team .figures');
    expect(figures).toMatch(/警报 ?1/);
    expect(figures).toMatch(/有用的警报 ?100 % \(1\)/);
    expect(await textOf('.figures-of-team table')).toContain('危急');
    expect(await textOf('.members')).toContain('林护士');
    expect(await textOf('.handover .figures')).toMatch(/已接手 ?1 ?已结案 ?1/);
    expect(await textOf('.handover')).toContain('没有未结警报');
    expect(await textOf('.handover .watch')).toMatch(/测试甲 ?24 小时内有紧急或危急警报/);
    await page.selectOption('.figures-of-team select', '90');
    await expect.poll(() => textOf('.figures-of-team h2')).toContain('最近 90 天');
    await page.waitForSelector('.figures-of-team table');
    await picture('team-figures');
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)(
  'on a phone, in English, all of it fits the screen; an incident is shown for as long as it lasts',
  async () => {
    const incident = {
      incidentId: '019a0000-0000-7000-8000-000000000001',
      kind: 'fleet_outage',
      openedAt: new Date().toISOString(),
      detail: { silent: 12, devices: 20 },
    };
    await page.route('**/api/v1/teams/*/incidents?*', (route) => route.fulfill({ json: { items: [incident] } }));
    await raiseLowGlucose(system, teamId, '名字相当长的一位测试患者');
    await page.setViewportSize(PHONE);
    await page.goto(`${system.httpUrl}/?lang=en#/teams/${teamId}`);
    await page.waitForSelector('.incidents .warning');
    await page.waitForSelector('.handed li');
    expect(await textOf('.incidents')).toMatch(/Many devices silent 12 \/ 20.*lasts/);
    expect(await textOf('.on-call')).toContain('林护士 (nurse)');
    await expect.poll(() => textOf('.handover')).toMatch(/everybody told is reminded \+ next step: lead/);
    expect(await overhanging(page, PHONE.width)).toEqual([]);
    await picture('team-phone');
    await page.click('.handed li a');
    await page.waitForSelector('.escalation .steps li:nth-child(5)');
    expect(await textOf('.escalation')).toContain('not the patient: no contact');
    expect(await overhanging(page, PHONE.width)).toEqual([]);
    await picture('alert-phone');
    await page.click('nav a[href="#/alerts"]');
    await page.waitForSelector('.alert [data-action=acknowledge]');
    await expect
      .poll(
        async () => {
          // A row that has just moved takes no click.
          await page.$$eval('.alert [data-action=acknowledge]:enabled', (buttons) => {
            for (const button of buttons) (button as unknown as { click(): void }).click();
          });
          return textOf('.alert .state');
        },
        { timeout: 10_000 },
      )
      .toContain('outcome by');
    expect(await overhanging(page, PHONE.width)).toEqual([]);
    await picture('inbox-phone');
    await page.setViewportSize(DESK);
    expect(problems).toEqual([]);
  },
);
