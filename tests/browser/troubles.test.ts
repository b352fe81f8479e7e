// What goes wrong while the page is open: the server away, the sign-in over, a colleague who was faster.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signIn } from '../system/api-client.ts';
import { createClinic } from '../system/clinic.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { collectProblems, fillInSignIn, isRequired, publishLow, raiseLowGlucose, wearSensor } from './open-page.ts';

let system: RunningSystem;
let browser: TestBrowser;
let page: Page;
let teamId: string;
let problems: string[];

beforeAll(async () => {
  if (!isRequired) return;
  system = await startSystem();
  ({ teamId } = await createClinic(system.api));
  await raiseLowGlucose(system, teamId, '测试甲');
  browser = await openBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.destroy();
});
beforeEach(async () => {
  if (!isRequired) return;
  await until('the system is ready', 60_000, system.ready);
  await page?.close();
  await browser.context.clearCookies();
  page = await browser.context.newPage();
  problems = collectProblems(page);
});

const endSession = () =>
  page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }).then(({ status }) => status));

test.runIf(isRequired)(
  'a page whose server is away keeps what it shows, says that it is old, and catches up by itself',
  async () => {
    await page.goto(system.httpUrl);
    await fillInSignIn(page);
    await page.waitForSelector('.alert.critical');
    await page.waitForSelector('.connection.live');
    await system.stop();

    await page.waitForSelector('.connection.reconnecting');
    await page.waitForSelector('.stale');
    expect(await page.textContent('.alert .who')).toContain('测试甲');
    // Another view can't be shown now: that is said, in place of a view that one has left.
    await page.click('nav a[href="#/patients"]');
    await page.waitForSelector('main .problem');
    expect(await page.$('.alert')).toBeNull();

    await system.start();
    await page.waitForSelector('.patients', { timeout: 15_000 });
    await page.waitForSelector('.connection.live');
    expect(await page.$('.stale')).toBeNull();
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)('the death of its server’s process costs an open page a moment, and no alert', async () => {
  await page.goto(system.httpUrl);
  await fillInSignIn(page);
  await page.waitForSelector('.connection.live');
  const { sensor } = await wearSensor(system, teamId, '测试乙');
  process.kill(await system.rolePid('dashboards'), 'SIGKILL');
  await publishLow(sensor);
  await expect.poll(() => page.textContent('.alerts'), { timeout: 15_000 }).toContain('测试乙');
  expect(problems).toEqual([]);
});

test.runIf(isRequired)(
  'a sign-in that has ended leads to the form, which says so; nothing of the patients stays on screen',
  async () => {
    await page.goto(`${system.httpUrl}/#/patients`);
    await fillInSignIn(page);
    await page.waitForSelector('.patients');
    expect(await endSession()).toBe(204);
    await page.waitForSelector('form.sign-in');
    const text = await page.textContent('body');
    expect(text).toContain('登录已失效');
    expect(text).not.toContain('测试甲');
    expect(await page.title()).not.toContain('患者');
    // Back where one was.
    await fillInSignIn(page);
    await page.waitForSelector('.patients');
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)(
  'whoever acts after the sign-in has ended gets to the form too, also from an open dialog',
  async () => {
    await page.goto(system.httpUrl);
    await fillInSignIn(page);
    await page.click('.alert [data-action=resolve]');
    await page.click('dialog [data-outcome=called]');
    expect(await endSession()).toBe(204);
    await page.click('dialog [data-action=close-alert]', { timeout: 2_000 }).catch(() => undefined);
    await page.waitForSelector('form.sign-in');
    expect(await page.$('dialog')).toBeNull();
    await page.fill('input[name=username]', 'can be typed');
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)('two who reach for the same alert learn of each other', async () => {
  // A page that hears of nothing: it acts on what it saw a moment ago.
  await page.route('**/api/v1/live', () => undefined);
  await page.goto(system.httpUrl);
  await fillInSignIn(page);
  const row = page.locator('.alert', { hasText: '测试甲' });
  await row.waitFor();
  const alertId = await row.getAttribute('data-alert-id');

  const { userId } = await system.api.post<{ userId: string }>('/users', {
    username: 'doctor',
    password: 'a long enough one',
  });
  await system.api.post('/grants', { userId, role: 'gp', teamId });
  const doctor = await until('the doctor can sign in', 10_000, async () => {
    return signIn(system.httpUrl, 'doctor', 'a long enough one').catch(() => undefined);
  });
  await doctor.post(`/alerts/${alertId}/acknowledge`);

  await row.locator('[data-action=acknowledge]').click();
  await page.waitForSelector('.notice');
  expect(await page.textContent('.notice')).toContain('同事');
  await expect.poll(() => row.locator('.state').textContent()).toContain('同事');

  await row.locator('[data-action=resolve]').click();
  await doctor.post(`/alerts/${alertId}/resolve`, { outcome: 'called' });
  await page.click('dialog [data-outcome=no_action]');
  await page.click('dialog [data-action=close-alert]');
  await page.waitForSelector('dialog .problem');
  expect(await page.textContent('dialog .problem')).toContain('已经结案');
  await page.keyboard.press('Escape');
  await row.waitFor({ state: 'detached' });
  expect(problems).toEqual([]);
});

test.runIf(isRequired)('one who signs out without a server is told that the sign-in goes on', async () => {
  await page.goto(system.httpUrl);
  await fillInSignIn(page);
  await page.route('**/api/v1/session', (route) => route.abort());
  await page.click('header button');
  await page.waitForSelector('.notice');
  expect(await page.$('form.sign-in')).toBeNull();
  expect(problems).toEqual([]);
});
