// The inbox on a bad day. Its server is real, the list is not: hundreds of alerts, and changes at the very moment of a click.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClinic, createPatient } from '../system/clinic.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { collectProblems, fillInSignIn, isRequired } from './open-page.ts';

const PAGE = 1000;
let system: RunningSystem;
let browser: TestBrowser;
let page: Page;
let patientId: string;
let problems: string[];
let alerts: ReturnType<typeof alertOf>[];

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
beforeEach(async () => {
  if (!isRequired) return;
  await page?.close();
  await browser.context.clearCookies();
  page = await browser.context.newPage();
  problems = collectProblems(page);
  // Newest first and by pages, as the API answers.
  await page.route('**/api/v1/alerts?*', (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const items = alerts.toSorted((a, b) => b.openedAt.localeCompare(a.openedAt)).slice(from, from + PAGE);
    return route.fulfill({ json: { items, ...(from + PAGE < alerts.length && { nextCursor: String(from + PAGE) }) } });
  });
});

function alertOf(index: number, severity: string, state = 'open', signal = 'firing') {
  return {
    alertId: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    patientId,
    condition: 'glucose',
    direction: 'high',
    severity,
    state,
    signal,
    reasons: [],
    openedAt: new Date(Date.UTC(2026, 10, 22) - index * 60_000).toISOString(),
  };
}

const warnings = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => alertOf(from + index, 'warning'));
const shownIds = () => page.$$eval('.alert', (rows) => rows.map((row) => row.getAttribute('data-alert-id')));

test.runIf(isRequired)(
  'an emergency that goes on comes first, however many newer warnings there are; the tab counts what waits',
  async () => {
    alerts = [
      ...warnings(1200),
      alertOf(4999, 'emergency', 'open', 'cleared'),
      alertOf(5000, 'emergency'),
      alertOf(4998, 'emergency', 'acknowledged'),
    ];
    await page.goto(system.httpUrl);
    await fillInSignIn(page);
    await page.waitForSelector('.alert');
    expect((await shownIds()).slice(0, 3)).toEqual([5000, 4999, 4998].map((index) => alertOf(index, '').alertId));
    expect(await page.title()).toContain('(1202)');
    await page.click('[data-action=more]');
    await expect.poll(async () => (await shownIds()).length, { timeout: 10_000 }).toBe(1203);
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)(
  'an alert that comes in above takes neither the keyboard nor a click that was meant for another',
  async () => {
    alerts = warnings(3, 10);
    const acknowledged: string[] = [];
    await page.route('**/api/v1/alerts/*/acknowledge', (route) => {
      acknowledged.push(route.request().url());
      return route.fulfill({ json: {} });
    });
    await page.goto(system.httpUrl);
    await fillInSignIn(page);
    await page.waitForSelector('.alert:nth-child(3)');
    await page.focus('.alert:nth-child(2) [data-action=acknowledge]');

    alerts = [alertOf(1, 'critical'), ...alerts];
    // In the page itself: a click lands at once after the rows have moved.
    await page.evaluate(`
    const list = document.querySelector('.alerts');
    new MutationObserver((_, observer) => {
      observer.disconnect();
      list.querySelector('.alert [data-action=acknowledge]').click();
    }).observe(list, { childList: true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
    await page.waitForSelector('.alert.critical');
    const focused = await page.evaluate(`document.activeElement?.closest('.alert')?.getAttribute('data-alert-id')`);
    expect(focused).toBe(alertOf(11, '').alertId);
    expect(acknowledged).toEqual([]);

    // Looked at for a moment, it is meant.
    await expect
      .poll(async () => {
        await page.click('.alert.critical [data-action=acknowledge]');
        return acknowledged.length;
      })
      .toBeGreaterThan(0);
    expect(problems).toEqual([]);
  },
);
