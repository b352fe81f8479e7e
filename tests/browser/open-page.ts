// The real system and a browser on it, signed in: what every test of the page begins with.
import type { Page } from 'playwright-core';
import { createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice, type TestDevice } from '../system/mqtt-device.ts';
import { ADMIN_PASSWORD, type RunningSystem } from '../system/running-system.ts';
import { hasBrowser } from './browser.ts';

const MINUTE_MS = 60_000;

/** Where Chromium is missing the tests are skipped; CI says that it must be there. */
export const isRequired = hasBrowser || process.env.REQUIRE_CHROMIUM === '1';

/** What a page complains of by itself. Refused requests are what some tests are about. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text());
  });
  return problems;
}

/** Fills in the form that is on screen. */
export async function fillInSignIn(page: Page): Promise<void> {
  await page.waitForSelector('form.sign-in');
  await page.fill('input[name=username]', 'admin');
  await page.fill('input[name=password]', ADMIN_PASSWORD);
  await page.click('form.sign-in button');
  await page.waitForSelector('header');
}

/** Into the directory that SCREENSHOTS names, for whoever wants to look. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const { SCREENSHOTS } = process.env;
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** As it is read: line breaks are no more than spaces. */
export const textIn = async (page: Page, selector: string): Promise<string> =>
  (await page.textContent(selector))?.replace(/\s+/g, ' ') ?? '';

/** What reaches beyond the screen's right edge. */
export const overhanging = (page: Page, width: number): Promise<string[]> =>
  page.$$eval(
    'body *',
    (elements, limit) =>
      elements
        .filter((element) => element.getBoundingClientRect().right > limit + 0.5)
        .map((element) => element.outerHTML.slice(0, 80)),
    width,
  );

/** A patient with a sensor, ready to publish. */
export async function wearSensor(system: RunningSystem, teamId: string, name: string) {
  const patientId = await createPatient(system.api, teamId, { name });
  const sensor = await connectDevice(system.mqttPort, await createDevice(system.api, 'cgm', patientId));
  return { patientId, sensor };
}

/** Glucose that is very low now: within a moment the team has a critical alert. */
export async function publishLow(sensor: TestDevice): Promise<void> {
  const now = Date.now();
  await sensor.publish({ kind: 'cgm', at: now - 5 * MINUTE_MS, value: 2.8, unit: 'mmol/L' });
  await sensor.publish({ kind: 'cgm', at: now, value: 2.6, unit: 'mmol/L' });
  await sensor.close();
}

/** Both; answers the patient's id. */
export async function raiseLowGlucose(system: RunningSystem, teamId: string, name: string): Promise<string> {
  const { patientId, sensor } = await wearSensor(system, teamId, name);
  await publishLow(sensor);
  return patientId;
}
